using System.ComponentModel;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local.Dashboard;

namespace Aspire.Hosting.Local;

/// <summary>What the runners share.</summary>
internal sealed record RunnerContext(
    ProjectOutputs Outputs, ChildEnvironment Environment, ResourceNotificationService Notifications, Terminal Terminal, IOrphanGuard Guard, TimeProvider Time)
{
    /// <summary>Keeps what the processes print, where somebody may want to see it later.</summary>
    internal ConsoleLogs? Logs { get; init; }
}

/// <summary>
/// The life of one resource's process: wait for others, start, watch its health, start it again when it ends, until it is told to stop. A person may stop it and start it
/// again meanwhile.
/// </summary>
internal sealed class ProcessRunner
{
    /// <summary>Ctrl-C reaches the children as well as this process, and they may end first: that is no crash.</summary>
    private static readonly TimeSpan StopMayFollow = TimeSpan.FromMilliseconds(100);

    private readonly IResource _resource;
    private readonly RunnerContext _context;
    private readonly IReadOnlyList<string> _urls;
    private readonly Lock _gate = new();
    private ChildProcess? _child;
    private Task _run = Task.CompletedTask;

    /// <summary>Cancelled when the process is to stay away; replaced when it is to come back.</summary>
    private CancellationTokenSource _life = new();
    private TaskCompletionSource _away = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _back = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _restarts;
    private int? _exitCode;
    private DateTimeOffset? _startedAt;
    private DateTimeOffset? _stoppedAt;
    private IReadOnlyDictionary<string, string> _environment = new Dictionary<string, string>();

    internal ProcessRunner(IResource resource, Launch launch, RunnerContext context)
    {
        _resource = resource;
        _context = context;
        Launch = launch;
        _urls = [.. resource.Annotations.OfType<LocalEndpoint>().Select(endpoint => endpoint.Url)];
    }

    internal string Name => _resource.Name;

    internal Launch Launch { get; }

    /// <summary>Whether it ended by itself without having been ready once.</summary>
    internal bool NeverReady { get; private set; }

    internal void Start(CancellationToken stopping) => _run = RunAsync(stopping);

    /// <summary>Asks the process to end, and kills it when it has not within <paramref name="grace"/> or when <paramref name="now"/> says so. It will not come back.</summary>
    internal async Task StopAsync(TimeSpan grace, CancellationToken now)
    {
        ChildProcess? child;
        lock (_gate)
        {
            _life.Cancel();
            child = _child;
        }

        await EndAsync(child, _run, grace, now);
        await _run;
    }

    /// <summary>A person stops it: it ends, and stays away until <see cref="StartAgain"/>.</summary>
    /// <returns>False when it is away already.</returns>
    internal async Task<bool> StopForNowAsync(TimeSpan grace, CancellationToken now)
    {
        ChildProcess? child;
        Task away;
        lock (_gate)
        {
            if (_life.IsCancellationRequested) return false;
            _life.Cancel();
            child = _child;
            away = _away.Task;
        }

        await EndAsync(child, away, grace, now);
        await away;
        return true;
    }

    /// <summary>A person starts it, after <see cref="StopForNowAsync"/>.</summary>
    /// <returns>False when it is not away.</returns>
    internal bool StartAgain()
    {
        lock (_gate) return _away.Task.IsCompleted && _back.TrySetResult();
    }

    private async Task EndAsync(ChildProcess? child, Task ended, TimeSpan grace, CancellationToken now)
    {
        if (child is null) return;
        Publish(ResourceState.Stopping, child.Id);
        child.Terminate();
        try
        {
            await ended.WaitAsync(grace, _context.Time, now);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            child.Kill();
        }
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        var waited = false;
        while (true)
        {
            using (var life = CancellationTokenSource.CreateLinkedTokenSource(stopping, _life.Token))
            {
                try
                {
                    if (!waited) await WaitForOthersAsync(life.Token);
                    waited = true;
                    await KeepRunningAsync(life.Token);
                }
                catch (OperationCanceledException) when (life.IsCancellationRequested)
                {
                    // Told to stop while it waited.
                }
            }

            Publish(ResourceState.Stopped, detail: _exitCode is { } code and not 0 ? string.Create(CultureInfo.InvariantCulture, $"exit code {code}") : null);
            _away.TrySetResult();
            try
            {
                await _back.Task.WaitAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            lock (_gate)
            {
                // Not disposed: a person may be stopping it at this moment.
                _life = new CancellationTokenSource();
                _away = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _restarts++;
        }
    }

    private async Task KeepRunningAsync(CancellationToken stopping)
    {
        var backoff = new Backoff();
        while (await RunOnceAsync(stopping) is { } readyFor)
        {
            var pause = backoff.Next(readyFor);
            Publish(ResourceState.Restarting, detail: string.Create(CultureInfo.InvariantCulture, $"in {pause.TotalSeconds:0.##} s"));
            await Task.Delay(pause, _context.Time, stopping);
            _restarts++;
        }
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
        var environment = await Launch.Environment(stopping);
        _environment = _context.Environment.Given(environment);
        ChildProcess child;
        try
        {
            lock (_gate)
            {
                if (stopping.IsCancellationRequested) return null;
                child = ChildProcess.Start(Launch, environment, TakeLine);
                _child = child;
                (_startedAt, _stoppedAt) = (_context.Time.GetUtcNow(), null);
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
            _stoppedAt = _context.Time.GetUtcNow();
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

    private void TakeLine(string line, bool isError)
    {
        _context.Terminal.Output(Name, line);
        _context.Logs?.Add(Name, line, isError);
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
                if (change.Healthy && check.AtStartOnly) break;
            }
        }
        else
        {
            readySince = started;
            NeverReady = false;
        }

        await Task.WhenAny(Task.Delay(Timeout.Infinite, ended));
        return readySince is { } since ? _context.Time.GetElapsedTime(since) : null;
    }

    private void Publish(ResourceState state, int? processId = null, string? detail = null)
    {
        var ready = state == ResourceState.Healthy || (state == ResourceState.Running && !_resource.Annotations.OfType<HttpHealthCheck>().Any());
        _context.Notifications.Publish(new ResourceSnapshot(Name, state, ready, processId, _exitCode, _restarts, _urls, detail)
        {
            ChangedAt = _context.Time.GetUtcNow(),
            StartedAt = _startedAt,
            StoppedAt = _stoppedAt,
            Environment = _environment,
        });
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
