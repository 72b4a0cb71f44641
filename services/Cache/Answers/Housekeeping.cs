using Slipway.Cache.Frequent;
using Slipway.Cache.Generations;
using Slipway.Cache.Leases;

namespace Slipway.Cache.Answers;

/// <summary>Twice a second: tells Redis of purges that are due and of what was asked, and drops leases and tenants that nobody asks for any more.</summary>
internal sealed class Housekeeping(LeaseTable leases, TenantGenerations generations, FrequentQuestions frequent, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            generations.TellDue();
            generations.Sweep();
            leases.Sweep();
            await frequent.TellDueAsync(stoppingToken);
        }
    }
}
