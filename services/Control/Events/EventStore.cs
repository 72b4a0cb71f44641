using Microsoft.EntityFrameworkCore;
using Slipway.Control.Data;
using Slipway.Control.Records;
using Slipway.Control.Webhooks;

namespace Slipway.Control.Events;

/// <summary>
/// Keeps events, with the deliveries that they owe to webhooks and whatever else belongs to them in one transaction, and wakes those who follow them. Events are written one after the other, so that
/// a follower who has seen one has seen all with smaller ids.
/// </summary>
internal sealed class EventStore(IDbContextFactory<ControlDb> databases, TimeOrderedIds ids, WebhookOptions webhooks, TimeProvider time)
{
    internal static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);
    internal const int MaxEvents = 100_000;

    private readonly SemaphoreSlim _writing = new(1);
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when an event is added after this was asked for.</summary>
    internal Task Added => Volatile.Read(ref _added).Task;

    /// <summary>Keeps events. Those of a source that are kept already are left out.</summary>
    /// <param name="events">In the order in which they happened.</param>
    /// <param name="also">What else is written in the same transaction.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Those that are new.</returns>
    internal async Task<IReadOnlyList<EventRow>> AddAsync(IReadOnlyList<NewEvent> events, Func<ControlDb, Task>? also, CancellationToken cancellationToken)
    {
        if (events.Count == 0) return [];
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await using var database = await databases.CreateDbContextAsync(cancellationToken);
            var sources = events.Where(added => added.Source is not null).Select(added => added.Source!).ToList();
            var known = sources.Count == 0 ? [] : await database.Events.AsNoTracking().Where(row => sources.Contains(row.Source)).Select(row => row.Source).ToListAsync(cancellationToken);
            var rows = events.Where(added => added.Source is null || !known.Contains(added.Source)).Select(ToRow).ToList();
            if (rows.Count == 0) return [];
            await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
            database.Events.AddRange(rows);
            foreach (var webhook in webhooks.All)
                database.Deliveries.AddRange(rows.Where(row => webhook.Wants(row.Kind, row.Severity)).Select(row => new DeliveryRow { Id = ids.Next(), Webhook = webhook.Name, EventId = row.Id, DueUnixMs = row.TimeUnixMs }));
            await database.SaveChangesAsync(cancellationToken);
            if (also is not null) await also(database);
            await transaction.CommitAsync(cancellationToken);
            Interlocked.Exchange(ref _added, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            return rows;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Deletes events beyond their age or number.</summary>
    internal async Task DeleteOldAsync(CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        var oldest = (time.GetUtcNow() - MaxAge).ToUnixTimeMilliseconds();
        await database.Events.Where(row => row.TimeUnixMs < oldest).ExecuteDeleteAsync(cancellationToken);
        if (await database.Events.OrderByDescending(row => row.Id).Select(row => (long?)row.Id).Skip(MaxEvents).FirstOrDefaultAsync(cancellationToken) is { } id)
            await database.Events.Where(row => row.Id <= id).ExecuteDeleteAsync(cancellationToken);
    }

    private EventRow ToRow(NewEvent added)
    {
        var id = ids.Next();
        return new EventRow
        {
            Id = id,
            TimeUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Kind = RecordCleaner.Text(added.Kind, 64),
            Severity = added.Severity,
            Subject = RecordCleaner.Text(added.Subject, 200),
            Message = RecordCleaner.Text(added.Message, 2000),
            Details = added.Details.ToJsonString(),
            Source = added.Source ?? "id:" + id,
        };
    }
}
