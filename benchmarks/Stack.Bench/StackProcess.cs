using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Stack.Bench;

/// <summary>AppHost as a user starts it, already built, and what its processes weigh.</summary>
internal sealed class StackProcess : IAsyncDisposable
{
    private readonly Process _process;

    private StackProcess(Process process, int edgePort) => (_process, EdgePort) = (process, edgePort);

    public static string Machine =>
        $"machine: {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GiB, {RuntimeInformation.OSDescription}, .NET {Environment.Version}";

    /// <summary>The repository.</summary>
    public static string Root => Folder.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;

    public int EdgePort { get; }

    private static DirectoryInfo Folder => new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    public TimeSpan ReadyAfter { get; private set; }

    private static string Assembly => Path.Combine(Root, "AppHost", "bin", Folder.Parent!.Name, Folder.Name, "Slipway.AppHost.dll");

    public static Task<StackProcess> StartAsync(string data, params IReadOnlyList<string> options) => StartAsync(data, new Dictionary<string, string>(), options);

    public static Task<StackProcess> StartAsync(string data, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> options) =>
        StartAnyAsync(data, environment, [.. options, "--no-dashboard"]);

    /// <summary>Puts the dashboard into a data folder, as a user does.</summary>
    public static async Task InstallDashboardAsync(string data)
    {
        using var process = Process.Start("dotnet", ["exec", Assembly, "--install-dashboard", "--data", data]);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException("The dashboard cannot be installed.");
    }

    /// <summary>With the dashboard, where one is installed in the data folder.</summary>
    public static Task<StackProcess> StartWithDashboardAsync(string data, IReadOnlyDictionary<string, string> environment) => StartAnyAsync(data, environment, []);

    private static async Task<StackProcess> StartAnyAsync(string data, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> options)
    {
        var port = BaselineProcess.FreePort();
        var start = new ProcessStartInfo("dotnet", ["exec", Assembly, "--edge-port", $"{port}", "--console-port", $"{BaselineProcess.FreePort()}", "--data", data, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Root,
        };
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var ready = new TaskCompletionSource();
        var watch = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("Slipway is ready:", StringComparison.Ordinal) == true) ready.TrySetResult();
        };
        process.ErrorDataReceived += (_, _) => { };
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("AppHost ended before it was ready."));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromMinutes(2));
        return new StackProcess(process, port) { ReadyAfter = watch.Elapsed };
    }

    /// <summary>Resident memory of AppHost and all its children: RSS counts shared pages in each process, PSS once.</summary>
    public string Memory()
    {
        var (rss, pss, count) = (0L, 0L, 0);
        foreach (var (_, processRss, processPss) in Processes())
        {
            rss += processRss;
            pss += processPss;
            count++;
        }

        return $"{count} processes, RSS {rss / 1024} MB, PSS {pss / 1024} MB (target 1,600)";
    }

    public string MemoryByProcess() => "  " + string.Join(", ", Processes().Select(process => $"{process.Name} {process.Rss / 1024}"));

    /// <summary>What AppHost gave a resource's process.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(string resource) => Child(resource).Environment;

    /// <summary>What AppHost gave the dashboard's process; null where there is none.</summary>
    public IReadOnlyDictionary<string, string>? DashboardEnvironment => Children().Select(child => child.Environment).FirstOrDefault(IsDashboard);

    /// <summary>Processor time until now of AppHost and its children, and of the dashboard's process alone, which is not among them.</summary>
    public (TimeSpan Stack, TimeSpan Dashboard) ProcessorTime()
    {
        var (stack, dashboard) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var (pid, isDashboard) in Children().Select(child => (child.Pid, IsDashboard(child.Environment))).Prepend((_process.Id, false)))
        {
            using var process = Process.GetProcessById(pid);
            if (isDashboard) dashboard += process.TotalProcessorTime;
            else stack += process.TotalProcessorTime;
        }

        return (stack, dashboard);
    }

    private static bool IsDashboard(IReadOnlyDictionary<string, string> environment) => environment.ContainsKey("Dashboard__Otlp__AuthMode");

    /// <summary>Ends a resource's process with no warning.</summary>
    public void Kill(string resource) => Signal(resource, "KILL");

    /// <summary>Sends a resource's process a signal.</summary>
    public void Signal(string resource, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Child(resource).Pid}"]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private IEnumerable<(string Name, long Rss, long Pss)> Processes()
    {
        foreach (var (pid, name) in Children().Select(child => (child.Pid, child.Environment.GetValueOrDefault("OTEL_SERVICE_NAME", "watchdog"))).Prepend((_process.Id, "apphost")))
        {
            string[] rollup;
            try
            {
                rollup = File.ReadAllLines($"/proc/{pid}/smaps_rollup");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return (name, Kilobytes(rollup, "Rss:"), Kilobytes(rollup, "Pss:"));
        }
    }

    private (int Pid, Dictionary<string, string> Environment) Child(string resource) =>
        Children().First(child => child.Environment.GetValueOrDefault("OTEL_SERVICE_NAME") == resource);

    /// <summary>The processes that AppHost has started.</summary>
    private IEnumerable<(int Pid, Dictionary<string, string> Environment)> Children()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid)) continue;
            string[] environment;
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                if (int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture) != _process.Id) continue;
                environment = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "environ"))).Split('\0');
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return (pid, environment.Select(item => item.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]));
        }
    }

    private static long Kilobytes(string[] rollup, string field) =>
        long.Parse(rollup.First(line => line.StartsWith(field, StringComparison.Ordinal))[field.Length..^2].Trim(), CultureInfo.InvariantCulture);
}
