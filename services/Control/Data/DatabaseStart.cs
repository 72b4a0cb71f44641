using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Slipway.Control.Kpis;
using Slipway.Control.Releases;
using Slipway.Control.Tenants;

namespace Slipway.Control.Data;

/// <summary>
/// Brings the database up to date and reads from it what is served from memory, before the first request is taken. A database that is not there yet is
/// waited for; one that stays away ends the process, and whoever runs it starts it again.
/// </summary>
internal sealed partial class DatabaseStart(
    IDbContextFactory<ControlDb> databases, TenantStore tenants, ReleaseStore releases, KpiStore kpis, HourRollups hours, TimeProvider time, ILogger<DatabaseStart> logger) : IHostedService
{
    private const int Attempts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var database = await databases.CreateDbContextAsync(cancellationToken);
                await database.Database.MigrateAsync(cancellationToken);
                await tenants.StartAsync(database, cancellationToken);
                await releases.StartAsync(database, cancellationToken);
                await kpis.StartAsync(database, cancellationToken);
                await hours.StartAsync(database, cancellationToken);
                return;
            }
            catch (Exception exception) when (attempt < Attempts && exception is DbException { IsTransient: true } or TimeoutException or InvalidOperationException { InnerException: DbException { IsTransient: true } })
            {
                LogWaiting(attempt, Attempts, exception.GetType().Name);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(100, LogLevel.Warning, "The database is not there yet (attempt {Attempt} of {Attempts}: {Reason}).")]
    private partial void LogWaiting(int attempt, int attempts, string reason);
}
