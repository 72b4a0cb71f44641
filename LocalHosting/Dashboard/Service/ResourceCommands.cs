using Aspire.Hosting.Local.Dashboard.Protocol;

namespace Aspire.Hosting.Local.Dashboard.Service;

/// <summary>What a person can do to a resource from the dashboard: start, stop, restart.</summary>
internal sealed class ResourceCommands(IReadOnlyList<ProcessRunner> runners)
{
    private const string Start = "start";
    private const string Stop = "stop";
    private const string Restart = "restart";

    /// <returns>Null when it is done; else why not.</returns>
    internal async Task<string?> ExecuteAsync(string resource, string command, CancellationToken stopping)
    {
        if (runners.FirstOrDefault(runner => runner.Name == resource) is not { } runner) return $"'{resource}' is no process.";
        switch (command)
        {
            case Start:
                return runner.StartAgain() ? null : $"'{resource}' is not stopped.";
            case Stop:
                return await runner.StopForNowAsync(Orchestrator.Grace, stopping) ? null : $"'{resource}' is stopped already.";
            case Restart:
                await runner.StopForNowAsync(Orchestrator.Grace, stopping);
                return runner.StartAgain() ? null : $"'{resource}' is being started already.";
            default:
                return $"There is no command '{command}'.";
        }
    }

    /// <summary>Those that can be given in a state; the others are sent as hidden, or as disabled where they are about to be possible. As Aspire's own (CommandsConfigurationExtensions.cs).</summary>
    internal static IEnumerable<ResourceCommand> In(ResourceState state)
    {
        var away = state is ResourceState.Stopped;
        var moving = state is ResourceState.Stopping;
        yield return new ResourceCommand
        {
            Name = Start,
            DisplayName = "Start",
            DisplayDescription = "Start the resource",
            IconName = "Play",
            IconVariant = IconVariant.Filled,
            IsHighlighted = true,
            State = away ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
        };
        yield return new ResourceCommand
        {
            Name = Stop,
            DisplayName = "Stop",
            DisplayDescription = "Stop the resource",
            IconName = "Stop",
            IconVariant = IconVariant.Filled,
            IsHighlighted = true,
            State = away ? ResourceCommandState.Hidden : moving ? ResourceCommandState.Disabled : ResourceCommandState.Enabled,
        };
        yield return new ResourceCommand
        {
            Name = Restart,
            DisplayName = "Restart",
            DisplayDescription = "Stop the resource and start it again",
            IconName = "ArrowCounterclockwise",
            IconVariant = IconVariant.Regular,
            State = away || moving ? ResourceCommandState.Disabled : ResourceCommandState.Enabled,
        };
    }
}
