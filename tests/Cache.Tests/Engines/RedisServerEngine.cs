using System.Diagnostics;
using System.Runtime.InteropServices;
using Slipway.Testing;

namespace Slipway.Cache.Tests.Engines;

/// <summary>
/// Redis itself: the server that <c>SLIPWAY_TEST_REDIS</c> names (<c>host:port[,password=…]</c>), or Debian's redis-server started on a port of its own.
/// </summary>
public class RedisServerEngine : RedisEngine
{
    private const string Executable = "/usr/bin/redis-server";
    private const int Stop = 19, Continue = 18;

    private readonly TempFolder _folder = new();
    private Process? _process;

    public override string? Unavailable =>
        External is not null || File.Exists(Executable) ? null : $"No redis-server: set SLIPWAY_TEST_REDIS, or install {Executable}.";

    public override string ConnectionString => External ?? base.ConnectionString;

    /// <summary>A server that is not ours to kill.</summary>
    protected virtual string? External => Environment.GetEnvironmentVariable("SLIPWAY_TEST_REDIS") is { Length: > 0 } address ? address : null;

    public override async Task StartAsync()
    {
        if (External is not null) return;
        // The configuration comes by standard input, so that the password is not among the arguments.
        _process = Process.Start(new ProcessStartInfo(Executable, "-")
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await _process.StandardInput.WriteAsync($"bind 127.0.0.1\nport {Port}\nrequirepass {Password}\nsave \"\"\nappendonly no\ndir {_folder.Path}\n");
        _process.StandardInput.Close();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal)) break;
        }

        Assert.False(_process.HasExited, "redis-server did not start.");
        // A full pipe would stop the server.
        _ = _process.StandardOutput.ReadToEndAsync();
    }

    public override void Kill()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The process hangs: connections stay, nothing is answered.</summary>
    public void Suspend() => Assert.Equal(0, SendSignal(_process!.Id, Stop));

    public void Resume() => Assert.Equal(0, SendSignal(_process!.Id, Continue));

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}

/// <summary>A redis-server that a test may kill.</summary>
public sealed class MortalRedisServer : RedisServerEngine
{
    protected override string? External => null;
}
