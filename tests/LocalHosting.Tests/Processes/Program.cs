using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Slipway.LocalHosting.Tests.Processes;

/// <summary>A program under test: what it prints is kept and can be waited for.</summary>
internal sealed class Program : IAsyncDisposable
{
    internal const int SigInt = 2;
    internal const int SigKill = 9;
    internal const int SigTerm = 15;

    /// <summary>Generous: it is waited for signals, and only a failing test waits this long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _seen = [];

    private Program(Process process)
    {
        _process = process;
        process.OutputDataReceived += OnLine;
        process.ErrorDataReceived += OnLine;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    internal int Id => _process.Id;

    /// <summary>Everything printed until now.</summary>
    internal IReadOnlyList<string> Output
    {
        get
        {
            lock (_seen) return [.. _seen];
        }
    }

    internal static Program Start(string assembly, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new Program(Process.Start(start)!);
    }

    /// <summary>The next line (after those that earlier calls have passed) for which this holds.</summary>
    internal async Task<string> WaitForLineAsync(Func<string, bool> matches, string what)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(patience.Token))
            {
                if (matches(line)) return line;
            }
        }
        catch (OperationCanceledException)
        {
            // Told below, with what was printed.
        }

        throw new TimeoutException($"The program did not print: {what}. It printed:\n{string.Join('\n', Output)}");
    }

    internal Task<string> WaitForLineAsync(string part) => WaitForLineAsync(line => line.Contains(part, StringComparison.Ordinal), part);

    internal void Signal(int signal) => Assert.Equal(0, Kill(Id, signal));

    internal async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private void OnLine(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is null) return;
        lock (_seen) _seen.Add(e.Data);
        _lines.Writer.TryWrite(e.Data);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int Kill(int pid, int signal);
}
