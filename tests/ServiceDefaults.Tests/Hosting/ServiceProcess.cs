using System.Diagnostics;
using System.Runtime.InteropServices;
using Slipway.Testing;

namespace Slipway.ServiceDefaults.Tests.Hosting;

/// <summary>A real service in a process of its own, started as LocalHosting starts it.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const int Terminate = 15;

    private readonly Process _process;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ServiceProcess()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var assembly = Path.Combine(Repository.Root, "services", "Cache", "bin", configuration, "net10.0", "Slipway.Cache.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", [assembly])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["Slipway__InternalKey"] = WellKnown.InternalKey;
        start.Environment["Slipway__AssetsPath"] = Path.Combine(Repository.Root, "ai");
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["GRPC_PORT"] = "0";
        start.Environment["SLIPWAY_LIFELINE"] = "stdin";
        // Says when it has started.
        start.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("Application started", StringComparison.Ordinal) == true) _started.TrySetResult();
        };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _started.TrySetException(new InvalidOperationException("The service ended before it had started."));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    internal Task StartedAsync(CancellationToken cancellationToken) => _started.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);

    /// <summary>What the kernel does when the parent dies, however it dies.</summary>
    internal void CloseInput() => _process.StandardInput.Close();

    internal void SendSigterm() => Assert.Equal(0, SendSignal(_process.Id, Terminate));

    internal async Task<int> ExitedAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(within, cancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
