using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Slipway.Retrieval.Bench;

/// <summary>The vectors process as the stack runs it: <c>tools/EmbeddedRedis</c> with its log and its checkpoints in a folder, ended, killed and started again.</summary>
/// <param name="folder">Where the log and the checkpoints are.</param>
/// <param name="environment">More for its environment: settings of its own (<c>Redis__MemoryMB</c>) or of the runtime (<c>DOTNET_TieredPGO</c>).</param>
internal sealed class VectorsProcess(string folder, IReadOnlyList<(string Name, string Value)> environment) : IDisposable
{
    private const string Password = "bench-vectors-0123456789";

    /// <summary>What may pass until it answers: replaying the log of 300,000 vectors on a busy machine takes minutes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly int _port = BenchStack.FreePort();
    private Process? _process;

    public string ConnectionString => $"127.0.0.1:{_port},password={Password}";

    /// <summary>What it has in main memory, in bytes.</summary>
    public long Memory
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Processor time since it started: on a busy machine it says more than the clock.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>What it has on disk, in bytes.</summary>
    public long Disk => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>Starts it and waits until it answers: it listens only when its data are there.</summary>
    public async Task<ConnectionMultiplexer> StartAsync()
    {
        _process?.Dispose();
        _process = BenchStack.StartProcess(
            Path.Combine(AppContext.BaseDirectory, "Slipway.EmbeddedRedis.dll"),
            [
                ("ASPNETCORE_URLS", $"http://127.0.0.1:{BenchStack.FreePort()}"), ("Slipway__InternalKey", "bench-internal-key-0123456789"), ("Slipway__DataPath", folder), ("REDIS_PORT", $"{_port}"),
                ("Redis__Password", Password), ("Redis__Vectors", "true"), ("SLIPWAY_LIFELINE", "stdin"), ("Logging__LogLevel__Default", "Warning"), .. environment,
            ]);
        var waited = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (waited.Elapsed > Patience || _process.HasExited) throw new InvalidOperationException("The vectors process did not start.");
            await Task.Delay(20);
        }

        var options = ConfigurationOptions.Parse(ConnectionString);
        options.AsyncTimeout = 30_000;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    /// <summary>A connection of its own: one that Garnet accepts in its first moment can stay without any answer, and the multiplexer would wait for it as long as a command may take.</summary>
    private async Task<bool> AnswersAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, _port, limit.Token);
            await socket.SendAsync("*1\r\n$4\r\nPING\r\n"u8.ToArray(), limit.Token);
            return await socket.ReceiveAsync(new byte[64], limit.Token) > 0;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Ends it as the stack does at a stop: it takes a checkpoint if there is time.</summary>
    public void Stop()
    {
        _process!.StandardInput.Close();
        if (!_process.WaitForExit(20_000)) Kill();
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) Kill();
        _process?.Dispose();
    }
}
