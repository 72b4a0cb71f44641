using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Slipway.Stack.Bench;

/// <summary>AppHost as a user starts it, already built, and what its processes weigh.</summary>
internal sealed class StackProcess : IAsyncDisposable
{
    private readonly Process _process;

    private StackProcess(Process process, int edgePort) => (_process, EdgePort) = (process, edgePort);

    public int EdgePort { get; }

    public TimeSpan ReadyAfter { get; private set; }

    public static async Task<StackProcess> StartAsync(string data)
    {
        var port = BaselineProcess.FreePort();
        var folder = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var root = folder.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var assembly = Path.Combine(root, "AppHost", "bin", folder.Parent!.Name, folder.Name, "Slipway.AppHost.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", assembly, "--edge-port", $"{port}", "--console-port", $"{BaselineProcess.FreePort()}", "--data", data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = root,
        };
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
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

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private IEnumerable<(string Name, long Rss, long Pss)> Processes()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid)) continue;
            string[] rollup;
            var name = "apphost";
            try
            {
                if (pid != _process.Id)
                {
                    var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                    if (int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture) != _process.Id) continue;
                    name = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "environ"))).Split('\0')
                        .FirstOrDefault(item => item.StartsWith("OTEL_SERVICE_NAME=", StringComparison.Ordinal))?["OTEL_SERVICE_NAME=".Length..] ?? "watchdog";
                }

                rollup = File.ReadAllLines(Path.Combine(folder, "smaps_rollup"));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return (name, Kilobytes(rollup, "Rss:"), Kilobytes(rollup, "Pss:"));
        }
    }

    private static long Kilobytes(string[] rollup, string field) =>
        long.Parse(rollup.First(line => line.StartsWith(field, StringComparison.Ordinal))[field.Length..^2].Trim(), CultureInfo.InvariantCulture);
}
