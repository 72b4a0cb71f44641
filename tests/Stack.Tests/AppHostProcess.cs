using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Testing;

namespace Slipway.Stack.Tests;

/// <summary>The whole stack as a user runs it: AppHost as a process, in Development, on ports and a data folder of its own.</summary>
public sealed class AppHostProcess : IAsyncDisposable
{
    /// <summary>A first start on a busy machine; the target (15 s) is held by the benchmark, not here.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Uri> _dashboard = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AppHostProcess(Process process, int edgePort, int consolePort)
    {
        _process = process;
        EdgePort = edgePort;
        ConsolePort = consolePort;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException("AppHost ended before it was ready:\n" + Output));
    }

    public int EdgePort { get; }

    public int ConsolePort { get; }

    public int Pid => _process.Id;

    public Uri Edge => new($"http://localhost:{EdgePort}");

    public string Output => string.Join('\n', _output);

    public static Task<AppHostProcess> StartAsync(string data, CancellationToken cancellationToken, params string[] options) => StartAsync(data, [], cancellationToken, options);

    /// <summary>Where the dashboard is, with the token to log in.</summary>
    public Task<Uri> Dashboard => _dashboard.Task;

    public static Task<AppHostProcess> StartAsync(string data, (string Name, string Value)[] environment, CancellationToken cancellationToken, params string[] options) =>
        StartWithDashboardAsync(data, environment, cancellationToken, [.. options, "--no-dashboard"]);

    /// <summary>With the dashboard, where one is installed in the data folder.</summary>
    public static async Task<AppHostProcess> StartWithDashboardAsync(string data, (string Name, string Value)[] environment, CancellationToken cancellationToken, params string[] options)
    {
        var (edge, console) = (FreePort(), FreePort());
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Repository.Root,
            ArgumentList = { "exec", AppHostAssembly, "--edge-port", $"{edge}", "--console-port", $"{console}", "--data", data },
        };
        foreach (var option in options) start.ArgumentList.Add(option);
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.Start();
        var stack = new AppHostProcess(process, edge, console);
        try
        {
            await stack._ready.Task.WaitAsync(StartLimit, cancellationToken);
            return stack;
        }
        catch (Exception exception)
        {
            var output = stack.Output;
            await stack.DisposeAsync();
            throw new InvalidOperationException($"The stack did not become ready: {exception.Message}\n{output}", exception);
        }
    }

    /// <summary>Puts the dashboard into a data folder, as a user does.</summary>
    /// <returns>Null when it is there; else what AppHost said.</returns>
    public static async Task<string?> InstallDashboardAsync(string data, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", AppHostAssembly, "--install-dashboard", "--data", data]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? null : string.Concat(said).Trim();
    }

    /// <summary>A client with the local key.</summary>
    public HttpClient Client(string? key = "sk-slipway-dev")
    {
        var client = new HttpClient { BaseAddress = Edge, Timeout = TimeSpan.FromMinutes(3) };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    /// <summary>The process of a resource, found by the environment that AppHost gave it.</summary>
    public int PidOf(string resource) => FindPid(resource) ?? throw new InvalidOperationException($"No process of '{resource}' below AppHost {_process.Id}.\n{Output}");

    public int? FindPid(string resource)
    {
        foreach (var (pid, environment) in Children())
        {
            if (environment.Contains($"OTEL_SERVICE_NAME={resource}")) return pid;
            // The dashboard is no service: it has no telemetry of its own.
            if (resource == "dashboard" && environment.Contains("Dashboard__Otlp__AuthMode=ApiKey")) return pid;
        }

        return null;
    }

    /// <summary>All processes that AppHost has started, with their environment.</summary>
    public IEnumerable<(int Pid, HashSet<string> Environment)> Children()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid)) continue;
            HashSet<string> environment;
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var afterName = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (int.Parse(afterName[1]) != _process.Id) continue;
                environment = [.. Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "environ"))).Split('\0')];
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return (pid, environment);
        }
    }

    /// <summary>Kills a resource's process the hard way.</summary>
    public void Kill(string resource)
    {
        using var process = Process.GetProcessById(PidOf(resource));
        process.Kill();
    }

    /// <summary>Sends a resource's process a signal: STOP makes it hang, CONT lets it go on.</summary>
    public static void Signal(int pid, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{pid}"]);
        kill.WaitForExit();
    }

    /// <summary>A variable that AppHost gave a resource's process.</summary>
    public string VariableOf(string resource, string name)
    {
        var pid = PidOf(resource);
        return Children().First(child => child.Pid == pid).Environment.First(item => item.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];
    }

    /// <summary>Stops the stack as <c>kill</c> or a service manager does: SIGTERM, and waits.</summary>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(40));
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string AppHostAssembly
    {
        get
        {
            // tests/Stack.Tests/bin/CONFIGURATION/net10.0: AppHost was built in the same configuration.
            var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(Repository.Root, "AppHost", "bin", framework.Parent!.Name, framework.Name, "Slipway.AppHost.dll");
        }
    }

    private void Take(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        while (_output.Count > 2000) _output.TryDequeue(out _);
        if (line.Contains("Slipway is ready:", StringComparison.Ordinal)) _ready.TrySetResult();
        if (line.StartsWith("Dashboard: ", StringComparison.Ordinal)) _dashboard.TrySetResult(new Uri(line["Dashboard: ".Length..]));
    }
}
