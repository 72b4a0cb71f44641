namespace Aspire.Hosting.Local;

/// <summary>Where a process resource is in its life.</summary>
internal enum ResourceState
{
    /// <summary>Others must be ready first.</summary>
    Waiting,

    /// <summary>The process is being started.</summary>
    Starting,

    /// <summary>The process runs; its health is not known yet.</summary>
    Running,

    /// <summary>The health check succeeds.</summary>
    Healthy,

    /// <summary>The process runs, and the health check fails.</summary>
    Unhealthy,

    /// <summary>The process ended by itself.</summary>
    Exited,

    /// <summary>The process will be started again after a pause.</summary>
    Restarting,

    /// <summary>The process was told to end.</summary>
    Stopping,

    /// <summary>The process ended because it was told to.</summary>
    Stopped,

    /// <summary>There is no such program, or it may not be executed.</summary>
    FailedToStart,
}

/// <summary>One entry of the resource list.</summary>
/// <param name="Name">The resource.</param>
/// <param name="State">Its state.</param>
/// <param name="Ready">Whether those who wait for it may start.</param>
/// <param name="ProcessId">Its process, while it has one.</param>
/// <param name="ExitCode">The exit code of the last process that ended.</param>
/// <param name="Restarts">How often it was started again.</param>
/// <param name="Urls">Where it listens.</param>
/// <param name="Detail">What there is to say about the state, or null.</param>
internal sealed record ResourceSnapshot(
    string Name, ResourceState State, bool Ready, int? ProcessId, int? ExitCode, int Restarts, IReadOnlyList<string> Urls, string? Detail)
{
    /// <summary>When the state was reached.</summary>
    internal DateTimeOffset ChangedAt { get; init; }

    /// <summary>When the latest process started.</summary>
    internal DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    internal DateTimeOffset? StoppedAt { get; init; }

    /// <summary>What the application gave it, secrets included; not what it inherits.</summary>
    internal IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
