using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>Runs all resources until it is told to stop, then stops them in the reverse of their order.</summary>
internal sealed class Orchestrator(IReadOnlyList<IResource> resources, RunnerContext context)
{
    /// <summary>What one process is given to end by itself.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>When whatever is left is killed: all is over within 10 s.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(9);

    /// <summary>When it is time to say who is not ready.</summary>
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(60);

    /// <summary>What runs, one for each project.</summary>
    internal IReadOnlyList<ProcessRunner> Runners { get; } =
        [.. resources.OfType<ProjectResource>().Select(project => new ProcessRunner(project, Launch.Of(project, context.Outputs, context.Environment), context))];

    /// <param name="stop">Stop gracefully.</param>
    /// <param name="now">Kill.</param>
    /// <returns>The exit code: 1 when a resource ended by itself and never was ready; else 0.</returns>
    internal async Task<int> RunAsync(CancellationToken stop, CancellationToken now)
    {
        var dependents = DependentsOf(resources.OfType<ProjectResource>().ToList());
        foreach (var runner in Runners) runner.Start(stop);
        try
        {
            await SayWhenReadyAsync([.. Runners.Select(runner => runner.Name)], stop);
            await Task.Delay(Timeout.Infinite, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            context.Terminal.Say("Stopping.");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(now);
        limit.CancelAfter(StopLimit);
        var stops = new Dictionary<string, Task>();
        // Dependents come later in the order of start, so that in the reverse they are there already.
        foreach (var name in dependents.Keys.Reverse())
        {
            var runner = Runners.Single(runner => runner.Name == name);
            stops[name] = StopAfterAsync(runner, [.. dependents[name].Select(dependent => stops[dependent])], limit.Token);
        }

        await Task.WhenAll(stops.Values);
        return Runners.Any(runner => runner.NeverReady) ? 1 : 0;
    }

    /// <summary>The resources in an order of start, each with those later in it that use it. Circles of mere references are cut where they close.</summary>
    internal static OrderedDictionary<string, List<string>> DependentsOf(IReadOnlyList<ProjectResource> projects)
    {
        var uses = projects.ToDictionary(project => project.Name, Dependencies.Of);
        var order = new OrderedDictionary<string, List<string>>();
        var visiting = new HashSet<string>();
        foreach (var project in projects) Visit(project.Name);
        return order;

        void Visit(string name)
        {
            if (order.ContainsKey(name) || !visiting.Add(name)) return;
            foreach (var used in uses[name]) Visit(used);
            order[name] = [];
            foreach (var used in uses[name])
            {
                if (order.TryGetValue(used, out var dependents)) dependents.Add(name);
            }
        }
    }

    private static async Task StopAfterAsync(ProcessRunner runner, IReadOnlyList<Task> dependents, CancellationToken now)
    {
        await Task.WhenAll(dependents);
        await runner.StopAsync(Grace, now);
    }

    private async Task SayWhenReadyAsync(IReadOnlyList<string> names, CancellationToken stop)
    {
        var ready = context.Notifications.WaitUntilReadyAsync(names, stop);
        if (await Task.WhenAny(ready, Task.Delay(Overdue, context.Time, stop)) != ready && !stop.IsCancellationRequested)
        {
            var missing = context.Notifications.Current.Where(snapshot => !snapshot.Ready)
                .Select(snapshot => snapshot.Detail is null ? $"{snapshot.Name} ({snapshot.State})" : $"{snapshot.Name} ({snapshot.State}: {snapshot.Detail})");
            context.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"Not ready after {Overdue.TotalSeconds} s: {string.Join(", ", missing)}"));
        }

        await ready;
        var url = resources.SelectMany(resource => resource.Annotations.OfType<LocalEndpoint>()).FirstOrDefault(endpoint => endpoint.External)?.Url;
        context.Terminal.Say($"{context.Outputs.ApplicationName} is ready{(url is null ? "" : ": " + url)}");
    }
}
