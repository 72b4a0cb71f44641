using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Configuration;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.RequestPath;

/// <summary>
/// Sends a few questions of nobody's down the path before the first real one comes: connections are opened and code is compiled, here and in the peers, so that the
/// first caller does not pay for it with a degraded answer. The service is healthy once a question passed without degradation, or <see cref="Limit"/> is over.
/// </summary>
internal sealed class WarmUp(AnswerPath path, BudgetTable budgets, Releases releases, ModelCatalog catalog, TimeProvider time) : BackgroundService, IHealthCheck
{
    /// <summary>The tenant of the questions; it has no documents, and its id is no id that Control would make.</summary>
    private const string Tenant = "~warm-up";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private volatile bool _done;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_done ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The request path is being warmed up."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!(releases.Known && catalog.Known) && !stoppingToken.IsCancellationRequested) await PauseAsync(stoppingToken);
        var started = time.GetTimestamp();
        for (var n = 0; !stoppingToken.IsCancellationRequested && time.GetElapsedTime(started) < Limit; n++)
        {
            if (await PassesAsync(n, stoppingToken)) break;
            await PauseAsync(stoppingToken);
        }

        _done = true;
    }

    private async Task<bool> PassesAsync(int number, CancellationToken stoppingToken)
    {
        var run = new RequestRun(Tenant, "warm-up", budgets.For(SloFile.DefaultRoute), time, TimeSpan.Zero);
        try
        {
            await path.AnswerAsync(new Question { Tenant = Tenant, RequestId = "warm-up", Text = $"warm-up {number}" }, run, sink: null, stoppingToken);
            return run.Degraded.Count == 0;
        }
        catch (Exception exception) when (exception is ApiException or RpcException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task PauseAsync(CancellationToken stoppingToken) => await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
