namespace Aspire.Hosting.Local;

/// <summary>The second rope: kills the children when this process has gone without ending them, even those that hang and ignore their lifeline.</summary>
internal interface IOrphanGuard : IAsyncDisposable
{
    /// <summary>This child runs now.</summary>
    void Add(ChildProcess child);

    /// <summary>This child has ended.</summary>
    void Remove(ChildProcess child);

    internal static IOrphanGuard Create() => OperatingSystem.IsWindows() ? new JobObject() : new Watchdog();
}
