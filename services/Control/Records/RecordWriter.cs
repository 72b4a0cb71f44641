using System.Text.Json;
using Google.Protobuf;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Control.Data;
using Slipway.Control.Kpis;

namespace Slipway.Control.Records;

/// <summary>Writes what was counted in one transaction, and deletes what is too old.</summary>
internal sealed class RecordWriter(IDbContextFactory<ControlDb> databases, TimeOrderedIds ids, TimeProvider time, RecordOptions options)
{
    internal async Task WriteAsync(Unwritten unwritten, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        foreach (var (minute, key, data) in unwritten.Cells)
        {
            // Both databases speak this form of upsert.
            await database.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO kpi_rollups ("minute", "route", "tenant", "release", "data") VALUES ({minute}, {key.Route}, {key.Tenant}, {key.Release}, {data.ToByteArray()})
                ON CONFLICT ("minute", "route", "tenant", "release") DO UPDATE SET "data" = excluded."data"
                """,
                cancellationToken);
        }

        if (unwritten.Counted.Count > 0)
            database.Seen.Add(new SeenRow { Id = ids.Next(), TimeUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds(), Hashes = SeenRequests.Pack(unwritten.Counted) });
        database.Records.AddRange(unwritten.Kept.Select(ToRow));
        await database.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Deletes records beyond their age or number, roll-ups beyond their age, and ids that no longer count as seen.</summary>
    internal async Task DeleteOldAsync(CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        var now = time.GetUtcNow();
        var oldestRecord = (now - options.RecordsAge).ToUnixTimeMilliseconds();
        await database.Records.Where(row => row.TimeUnixMs < oldestRecord).ExecuteDeleteAsync(cancellationToken);
        var firstTooMany = await database.Records.OrderByDescending(row => row.Id).Select(row => (long?)row.Id).Skip(options.MaxRecords).FirstOrDefaultAsync(cancellationToken);
        if (firstTooMany is { } id) await database.Records.Where(row => row.Id <= id).ExecuteDeleteAsync(cancellationToken);
        var oldestMinute = KpiAggregator.MinuteOf((now - options.RollupsAge).ToUnixTimeMilliseconds());
        await database.Rollups.Where(row => row.Minute < oldestMinute).ExecuteDeleteAsync(cancellationToken);
        await database.Hours.Where(row => row.Hour < oldestMinute / 60).ExecuteDeleteAsync(cancellationToken);
        var oldestSeen = now.ToUnixTimeMilliseconds() - SeenRequests.WindowMs;
        await database.Seen.Where(row => row.TimeUnixMs < oldestSeen).ExecuteDeleteAsync(cancellationToken);
    }

    private RecordRow ToRow(RequestRecord record) => new()
    {
        Id = ids.Next(),
        RequestId = record.RequestId,
        Tenant = record.Tenant,
        Route = record.Route,
        Release = record.Release,
        TimeUnixMs = record.TimeUnixMs,
        Status = record.Status,
        ErrorCode = record.ErrorCode,
        Model = record.Model,
        Provider = record.Provider,
        PromptVersion = record.PromptVersion,
        CorpusVersion = record.CorpusVersion,
        Cache = record.Cache,
        Degraded = string.Join(',', record.Degraded),
        Stages = JsonSerializer.Serialize(record.StageMs.Take(KpiCell.MaxNames).Where(stage => double.IsFinite(stage.Value)).ToDictionary(stage => RecordCleaner.Text(stage.Key, 64), stage => Math.Round(stage.Value, 3))),
        TotalMs = Finite(record.TotalMs),
        FirstTokenMs = Finite(record.FirstTokenMs),
        PromptTokens = record.Usage?.PromptTokens ?? 0,
        CompletionTokens = record.Usage?.CompletionTokens ?? 0,
        CachedPromptTokens = record.Usage?.CachedPromptTokens ?? 0,
        CostUsd = Finite(record.CostUsd),
        Confidence = Finite(record.Confidence),
        Review = record.Review,
        Stream = record.Stream,
    };

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;
}
