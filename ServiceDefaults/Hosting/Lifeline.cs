using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Hosting;

/// <summary>
/// Ends this process when the one that started it is gone. LocalHosting starts children with a pipe as standard input, which it never writes to,
/// and <c>SLIPWAY_LIFELINE=stdin</c>: when the parent dies, however it dies, the kernel closes the pipe and the read below returns.
/// </summary>
internal sealed partial class Lifeline(IConfiguration configuration, IHostApplicationLifetime lifetime, ILogger<Lifeline> logger) : IHostedService
{
    /// <summary>A graceful stop that takes longer than this is cut short: no orphan may outlive its parent by 5 s.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration["SLIPWAY_LIFELINE"] == "stdin")
        {
            new Thread(Watch) { IsBackground = true, Name = "lifeline" }.Start();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Watch()
    {
        using var stdin = Console.OpenStandardInput();
        var buffer = new byte[1];
        while (stdin.Read(buffer) > 0)
        {
        }

        LogParentGone();
        lifetime.StopApplication();
        lifetime.ApplicationStopped.WaitHandle.WaitOne(Grace);
        Environment.Exit(0);
    }

    [LoggerMessage(1, LogLevel.Information, "The process that started this one is gone: stopping.")]
    private partial void LogParentGone();
}
