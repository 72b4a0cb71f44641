using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Aspire.Hosting.Local.Dashboard;

namespace Aspire.Hosting;

/// <summary>
/// An application that can be run. This is the stand-in for Aspire.Hosting which runs the resources as child processes of this one.
/// </summary>
public class DistributedApplication
{
    private readonly IReadOnlyList<IResource> _resources;
    private readonly ProjectOutputs _outputs;
    private readonly string _environmentName;
    private readonly DashboardSettings _dashboard;

    internal DistributedApplication(IReadOnlyList<IResource> resources, ProjectOutputs outputs, string environmentName, DashboardSettings dashboard)
    {
        _resources = resources;
        _outputs = outputs;
        _environmentName = environmentName;
        _dashboard = dashboard;
    }

    /// <summary>Begins an application.</summary>
    /// <param name="args">The command line, for the configuration.</param>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args)
    {
        AppDomain.CurrentDomain.UnhandledException += static (_, e) =>
        {
            if (e.ExceptionObject is not DistributedApplicationException exception) return;
            Console.Error.WriteLine("Error: " + exception.Message);
            Environment.Exit(1);
        };
        return new LocalApplicationBuilder(args);
    }

    /// <summary>
    /// Runs the application until Ctrl-C or SIGTERM; a second Ctrl-C kills what still runs. The process's exit code is 0, or 1 when the application
    /// could not be started or a resource ended by itself and never became ready.
    /// </summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>See <see cref="Run"/>.</summary>
    /// <param name="cancellationToken">Stops it as well.</param>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var now = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);

        var code = await RunAsync(stop.Token, now.Token);
        if (code != 0) Environment.ExitCode = code;

        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = true;
            // SIGTERM may be sent twice by tools that mean well; Ctrl-C twice is a person who does not want to wait.
            if (stop.IsCancellationRequested && signal.Signal is PosixSignal.SIGINT or PosixSignal.SIGQUIT) now.Cancel();
            else stop.Cancel();
        }
    }

    private async Task<int> RunAsync(CancellationToken stop, CancellationToken now)
    {
        if (_dashboard is { Install: true, Folder: { } folder })
        {
            try
            {
                await new DashboardInstaller(folder, Environment.GetEnvironmentVariable("PATH"), Console.Out.WriteLine).InstallAsync(stop);
                return 0;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                throw new DistributedApplicationException("Stopped before the dashboard was there; nothing is left of it.");
            }
        }

        Dependencies.Check(_resources);
        var own = Environment.GetEnvironmentVariables();
        var dashboard = _dashboard.Find(own["PATH"] as string);
        using var ports = new PortAllocator();
        ports.Allocate(dashboard is null ? _resources : [.. _resources, dashboard]);
        await using var terminal = Terminal.Standard([.. _resources.OfType<ProjectResource>().Select(resource => resource.Name), .. dashboard is null ? (string[])[] : [dashboard.Name]]);
        await using var guard = IOrphanGuard.Create();
        var environment = new ChildEnvironment(own, _resources, _environmentName, dashboard?.Sink);
        var logs = dashboard is null ? null : new ConsoleLogs();
        var context = new RunnerContext(_outputs, environment, new ResourceNotificationService(), terminal, guard, TimeProvider.System) { Logs = logs };
        var orchestrator = new Orchestrator(_resources, context);
        await using var host = dashboard is null ? null : new DashboardHost(dashboard, own, _resources, orchestrator.Runners, context);
        if (dashboard is null && _dashboard.Folder is not null) terminal.Say(DashboardSettings.HowToInstall);
        return await orchestrator.RunAsync(stop, now);
    }
}
