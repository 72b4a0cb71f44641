using Garnet;
using Garnet.server.Auth.Settings;

namespace Slipway.EmbeddedRedis.Garnet;

/// <summary>Runs Garnet inside this process. The password goes in as an object, so that neither <c>ps</c> nor a log can show it.</summary>
internal sealed partial class GarnetHost(RedisOptions options, ILoggerFactory loggers, ILogger<GarnetHost> logger) : IHostedService, IDisposable
{
    /// <summary>How long a stop waits for Garnet to close: it waits without end for commands that hang, and the orchestrator kills after 5 s, of which the last checkpoint may take 3.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(1);

    private GarnetServer? _server;
    private DataLock? _lock;

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // After a crash of the orchestrator the previous process may live for some seconds more: two writers would spoil the log.
        _lock = await DataLock.AcquireAsync(options.DataPath, cancellationToken);
        _server = new GarnetServer(GarnetArguments.For(options), loggers, cleanupDir: false, new PasswordAuthenticationSettings(options.Password));
        _server.Start();
        LogListening(options.Port, options.Vectors ? "vector sets, kept in " + options.DataPath : "cache in memory", options.MemoryMB);
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is null) return;
        if (options.Vectors) await FlushAsync(cancellationToken);
        var server = _server;
        _server = null;
        // On a thread of its own, which does not keep the process: the log is flushed, so nothing depends on the rest.
        var closing = Task.Factory.StartNew(() => server.Dispose(deleteDir: false), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await closing.WaitAsync(CloseLimit, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            LogNotClosed(CloseLimit.TotalSeconds);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _server?.Dispose(deleteDir: false);
        _lock?.Dispose();
    }

    /// <summary>Flushes what the log still holds in memory.</summary>
    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _server!.Store.CommitAOFAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            LogNotFlushed(exception);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Redis on 127.0.0.1:{Port}: {Purpose}, {Memory} MB.")]
    private partial void LogListening(int port, string purpose, int memory);

    [LoggerMessage(2, LogLevel.Warning, "The log could not be flushed.")]
    private partial void LogNotFlushed(Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "Garnet did not close within {Seconds} s: a command hangs. The process ends without it.")]
    private partial void LogNotClosed(double seconds);
}

internal static class GarnetExtensions
{
    internal static void AddGarnet(this WebApplicationBuilder builder, bool vectors)
    {
        // Garnet tells its whole configuration at Information, under many categories that are not its namespace.
        builder.Logging.AddFilter((category, level) => level >= (category switch
        {
            // It warns that the log level of its own defaults is ignored.
            "ArgParser" => LogLevel.Error,
            not null when category.StartsWith("Slipway.", StringComparison.Ordinal) || category.StartsWith("Microsoft.Hosting", StringComparison.Ordinal) => LogLevel.Information,
            _ => LogLevel.Warning,
        }));
        builder.Services.AddHostedService<GarnetHost>();
        // Hosted services stop in the reverse of this order: the last checkpoint needs Garnet.
        if (vectors) builder.Services.AddHostedService<Checkpoints>();
    }
}
