using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Local;

/// <summary>
/// A running child. Its standard input is a pipe that is never written to: when this process ends, however it ends, the kernel closes the pipe,
/// and a child that watches it (<c>SLIPWAY_LIFELINE=stdin</c>) ends as well.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private const int SigTerm = 15;

    /// <summary>A grandchild may hold the output open after the child has ended.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMilliseconds(500);

    private readonly Process _process;
    private readonly Task _output;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process, Action<string, bool> line)
    {
        _process = process;
        Id = process.Id;
        process.Exited += (_, _) => _ended.TrySetResult();
        process.EnableRaisingEvents = true;
        _output = Task.WhenAll(LineReader.ReadAsync(process.StandardOutput, text => line(text, false)), LineReader.ReadAsync(process.StandardError, text => line(text, true)));
    }

    internal int Id { get; }

    /// <summary>Starts it.</summary>
    /// <param name="launch">What to start.</param>
    /// <param name="environment">Its whole environment.</param>
    /// <param name="line">Told each line that it prints, and whether on standard error.</param>
    /// <exception cref="Win32Exception">It cannot be executed.</exception>
    internal static ChildProcess Start(Launch launch, IReadOnlyDictionary<string, string> environment, Action<string, bool> line)
    {
        var start = new ProcessStartInfo(launch.File, launch.Arguments)
        {
            WorkingDirectory = launch.WorkingDirectory,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new Win32Exception("the process did not start");
        return new ChildProcess(process, line);
    }

    /// <summary>Waits for its end and for the rest of its output.</summary>
    /// <returns>The exit code; 128 plus the signal where a signal ended it.</returns>
    internal async Task<int> WaitAsync()
    {
        await _ended.Task;
        await Task.WhenAny(_output, Task.Delay(DrainLimit));
        return _process.ExitCode;
    }

    /// <summary>Asks it to end: SIGTERM; on Windows, which has none, the end of its input.</summary>
    internal void Terminate()
    {
        try
        {
            if (OperatingSystem.IsWindows()) _process.StandardInput.Close();
            else if (!_process.HasExited) _ = Kill(Id, SigTerm);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>Ends it and what it started.</summary>
    internal void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile.
        }
    }

    public void Dispose() => _process.Dispose();

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
