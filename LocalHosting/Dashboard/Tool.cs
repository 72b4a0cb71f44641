using System.ComponentModel;
using System.Diagnostics;

namespace Aspire.Hosting.Local.Dashboard;

/// <summary>Runs a program to its end.</summary>
internal static class Tool
{
    private const int Told = 3;

    /// <param name="ExitCode">0 means success.</param>
    /// <param name="Words">The first lines that it printed which speak of an error; where none does, the last ones.</param>
    internal readonly record struct Result(int ExitCode, string Words);

    /// <exception cref="DistributedApplicationException">It cannot be run, or is not done within the limit.</exception>
    internal static async Task<Result> RunAsync(
        string file, IEnumerable<string> arguments, string workingDirectory, IEnumerable<(string Name, string Value)> environment, TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        try
        {
            using var process = Process.Start(start) ?? throw new Win32Exception("the process did not start");
            process.StandardInput.Close();
            var lines = new Queue<string>();
            var output = Task.WhenAll(LineReader.ReadAsync(process.StandardOutput, Keep), LineReader.ReadAsync(process.StandardError, Keep));
            try
            {
                await process.WaitForExitAsync(timeout.Token);
                await output.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            var errors = lines.Where(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)).Take(Told).ToList();
            return new Result(process.ExitCode, string.Join("; ", errors.Count > 0 ? errors : lines.TakeLast(Told)));

            void Keep(string line)
            {
                if (string.IsNullOrWhiteSpace(line)) return;
                lock (lines)
                {
                    lines.Enqueue(line.Trim());
                    if (lines.Count > 100) lines.Dequeue();
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException($"{Path.GetFileName(file)} was not done within {limit.TotalMinutes} minutes.");
        }
        catch (Win32Exception exception)
        {
            throw new DistributedApplicationException($"{file} cannot be run: {exception.Message}", exception);
        }
    }
}
