using System.ComponentModel;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>What the runners share.</summary>
internal sealed record RunnerContext(
    ProjectOutputs Outputs, ChildEnvironment Environment, ResourceNotificationService Notifications, Terminal Terminal, IOrphanGuard Guard, TimeProvider Time);

/// <summary>
/// The life of one project resource: wait for others, start, watch its health, start it again when it ends, until it is told to stop.
/// </summary>
internal sealed class ProjectRunner
{
    /// <summary>Ctrl-C reaches the children as well as this process, and they may end first: that is no crash.</summary>
    private static readonly TimeSpan StopMayFollow = TimeSpan.FromMilliseconds(100);

    private readonly ProjectResource _resource;
    private readonly RunnerContext _context;
    private readonly string _assembly;
    private readonly IReadOnlyList<string> _urls;
    private readonly Lock _gate = new();
    private ChildProcess? _child;
    private Task _run = Task.CompletedTask;
    private bool _stopping;
    private int _restarts;
    private int? _exitCode;

    internal ProjectRunner(ProjectResource resource, RunnerContext context)
    {
        _resource = resource;
        _context = context;
        _assembly = context.Outputs.AssemblyOf(Name, ProjectPath);
        _urls = [.. resource.Annotations.OfType<LocalEndpoint>().Select(endpoint => endpoint.Url)];
    }

    internal string Name => _resource.Name;

    /// <summary>Whether it ended by itself without having been ready once.</summary>
    internal bool NeverReady { get; private set; }

    private string ProjectPath => _resource.Annotations.OfType<ProjectFile>().Single().Path;

    internal void Start(CancellationToken stopping) => _run = RunAsync(stopping);

    /// <summary>Asks the process to end, and kills it when it has not within <paramref name="grace"/> or when <paramref name="now"/> says so.</summary>
    internal async Task StopAsync(TimeSpan grace, CancellationToken now)
    {
        ChildProcess? child;
        lock (_gate)
        {
            _stopping = true;
            child = _child;
        }

        if (child is not null)
        {
            Publish(ResourceState.Stopping, child.Id);
            child.Terminate();
            try
            {
                await _run.WaitAsync(grace, _context.Time, now);
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                child.Kill();
            }
        }

        await _run;
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await WaitForOthersAsync(stopping);
            var backoff = new Backoff();
            while (await RunOnceAsync(stopping) is { } readyFor)
            {
                var pause = backoff.Next(readyFor);
                Publish(ResourceState.Restarting, detail: string.Create(CultureInfo.InvariantCulture, $"in {pause.TotalSeconds:0.##} s"));
                await Task.Delay(pause, _context.Time, stopping);
                _restarts++;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop while it waited.
        }

        Publish(ResourceState.Stopped, detail: _exitCode is { } code and not 0 ? string.Create(CultureInfo.InvariantCulture, $"exit code {code}") : null);
    }

    private async Task WaitForOthersAsync(CancellationToken stopping)
    {
        var others = Dependencies.ToWaitFor(_resource);
        if (others.Count == 0) return;
        Publish(ResourceState.Waiting, detail: "for " + string.Join(", ", others));
        await _context.Notifications.WaitUntilReadyAsync(others, stopping);
    }

    /// <returns>How long the process was ready before it ended by itself; null when it was told to stop.</returns>
    private async Task<TimeSpan?> RunOnceAsync(CancellationToken stopping)
    {
        Publish(ResourceState.Starting);
        var environment = await _context.Environment.ForAsync(_resource, stopping);
        ChildProcess child;
        try
        {
            lock (_gate)
            {
                if (_stopping) return null;
                child = ChildProcess.Start(_assembly, Path.GetDirectoryName(ProjectPath)!, environment, line => _context.Terminal.Output(Name, line));
                _child = child;
            }
        }
        catch (Win32Exception exception)
        {
            Publish(ResourceState.FailedToStart, detail: exception.Message);
            NeverReady = true;
            return TimeSpan.Zero;
        }

        using (child)
        {
            _context.Guard.Add(child);
            Publish(ResourceState.Running, child.Id);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var health = WatchHealthAsync(child.Id, ended.Token);
            _exitCode = await child.WaitAsync();
            lock (_gate) _child = null;
            _context.Guard.Remove(child);
            await ended.CancelAsync();
            var readyFor = await health;
            if (!stopping.IsCancellationRequested) await Task.WhenAny(Task.Delay(StopMayFollow, _context.Time, stopping));
            if (stopping.IsCancellationRequested) return null;

            NeverReady |= readyFor is null && _restarts == 0;
            Publish(ResourceState.Exited, detail: string.Create(CultureInfo.InvariantCulture, $"with code {_exitCode}"));
            return readyFor ?? TimeSpan.Zero;
        }
    }

    /// <returns>How long the process was ready when it ended; null when it never was.</returns>
    private async Task<TimeSpan?> WatchHealthAsync(int processId, CancellationToken ended)
    {
        var started = _context.Time.GetTimestamp();
        long? readySince = null;
        if (_resource.Annotations.OfType<HttpHealthCheck>().LastOrDefault() is { } check)
        {
            using var probe = new HealthProbe(check.Endpoint.Endpoint.Url + check.Path, check.StatusCode);
            var monitor = new HealthMonitor(probe.AskAsync, _context.Time);
            await foreach (var change in monitor.WatchAsync(ended))
            {
                if (change.Healthy && readySince is null) NeverReady = false;
                if (change.Healthy) readySince ??= _context.Time.GetTimestamp();
                var detail = change.Healthy ? string.Create(CultureInfo.InvariantCulture, $"after {_context.Time.GetElapsedTime(started).TotalSeconds:0.0} s") : change.Problem;
                Publish(change.Healthy ? ResourceState.Healthy : ResourceState.Unhealthy, processId, detail);
            }
        }
        else
        {
            readySince = started;
            NeverReady = false;
            await Task.WhenAny(Task.Delay(Timeout.Infinite, ended));
        }

        return readySince is { } since ? _context.Time.GetElapsedTime(since) : null;
    }

    private void Publish(ResourceState state, int? processId = null, string? detail = null)
    {
        var ready = state == ResourceState.Healthy || (state == ResourceState.Running && !_resource.Annotations.OfType<HttpHealthCheck>().Any());
        _context.Notifications.Publish(new ResourceSnapshot(Name, state, ready, processId, _exitCode, _restarts, _urls, detail));
        var text = state switch
        {
            ResourceState.Running => string.Create(CultureInfo.InvariantCulture, $"Running (process {processId})"),
            ResourceState.Exited => string.Create(CultureInfo.InvariantCulture, $"Exited({_exitCode})"),
            ResourceState.Restarting => $"Restarting {detail}",
            _ when detail is not null => $"{state} ({detail})",
            _ => state.ToString(),
        };
        _context.Terminal.State(Name, text);
    }
}
