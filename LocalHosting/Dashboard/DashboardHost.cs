using System.Collections;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local.Dashboard.Service;
using Microsoft.AspNetCore.Builder;

namespace Aspire.Hosting.Local.Dashboard;

/// <summary>
/// Runs the dashboard beside the resources, which neither wait for it nor notice its absence: its process, which is started again when it ends, and the resource service that
/// it asks. Ended after the resources, so that their last telemetry is taken.
/// </summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly DashboardResource _dashboard;
    private readonly ProcessRunner _runner;
    private readonly RunnerContext _context;
    private readonly Task _run;
    private WebApplication? _service;

    /// <param name="dashboard">The dashboard; its endpoints have ports already.</param>
    /// <param name="own">This process's environment.</param>
    /// <param name="resources">All resources.</param>
    /// <param name="runners">Those of the resources.</param>
    /// <param name="context">What the runners share.</param>
    internal DashboardHost(DashboardResource dashboard, IDictionary own, IReadOnlyList<IResource> resources, IReadOnlyList<ProcessRunner> runners, RunnerContext context)
    {
        _dashboard = dashboard;
        _context = context;
        // Of its own: it is no part of the application, whose readiness others wait for.
        var notifications = new ResourceNotificationService();
        _runner = new ProcessRunner(dashboard, dashboard.Launch(own), context with { Notifications = notifications, Logs = null });
        _run = Task.Run(() => RunAsync(resources, runners, notifications));
    }

    private async Task RunAsync(IReadOnlyList<IResource> resources, IReadOnlyList<ProcessRunner> runners, ResourceNotificationService own)
    {
        var map = new ResourceMap(
            _context.Outputs.ApplicationName,
            resources,
            runners.ToDictionary(runner => runner.Name, runner => runner.Launch),
            _context.Environment.InstanceOf,
            _dashboard.Secrets,
            _context.Time.GetUtcNow());
        try
        {
            _service = await ResourceServiceHost.StartAsync(_dashboard.ServicePort, _dashboard.ServiceKey, map, _context.Logs!, _context.Notifications, new ResourceCommands(runners), _stop.Token);
            _runner.Start(_stop.Token);
            await own.WaitUntilReadyAsync([_dashboard.Name], _stop.Token);
            _context.Terminal.Say("Dashboard: " + _dashboard.LoginUrl);
        }
        catch (IOException exception)
        {
            _context.Terminal.Say($"The dashboard is not started: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            // Stopped before the dashboard was ready.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        await _runner.StopAsync(Grace, CancellationToken.None);
        if (_service is not null) await _service.DisposeAsync();
        _stop.Dispose();
    }
}
