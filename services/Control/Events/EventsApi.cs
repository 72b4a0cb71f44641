using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Slipway.Control.Admin;
using Slipway.Control.Data;

namespace Slipway.Control.Events;

/// <summary><c>/admin/events</c>: as a list, or as server-sent events.</summary>
internal static class EventsApi
{
    /// <summary>How often an idle stream says that it lives: proxies end what is silent for long.</summary>
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private const int StreamPage = 200;

    internal static RouteGroupBuilder MapEventsApi(this RouteGroupBuilder admin)
    {
        admin.MapGet("/events", Get).WithTags("Events").WithName("ListEvents")
            .WithSummary("What happened: alerts raised and resolved, changes of slo.json, cheap mode, what was noticed about models. Newest first; with Accept: text/event-stream as server-sent events from now on, or from Last-Event-ID on.")
            .Produces<EventsResponse>(200, "application/json", "text/event-stream").ProducesErrors(400);
        return admin;
    }

    private static async Task<IResult> Get(
        IDbContextFactory<ControlDb> databases,
        HttpRequest request,
        CancellationToken cancellationToken,
        [Description("Only this kind.")] string? kind = null,
        [Description("Only this severity: page, ticket, warning or info.")] string? severity = null,
        [Description("Only about this route, model or file.")] string? subject = null,
        [Description("1 to 200; 50 by default.")] int limit = 50,
        [Description("The next of the page before.")] string? before = null)
    {
        (kind, severity, subject) = (Validation.Filter(kind, "kind"), Validation.Filter(severity, "severity"), Validation.Filter(subject, "subject"));
        Validation.Range(limit, "limit", 1, 200);
        if (request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase)))
            return new EventStream(Filter, Id(request.Headers["Last-Event-ID"], "Last-Event-ID"));

        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        var query = Filter(database.Events.AsNoTracking());
        if (Id(before, "before") is { } cursor) query = query.Where(row => row.Id < cursor);
        var rows = await query.OrderByDescending(row => row.Id).Take(limit + 1).ToListAsync(cancellationToken);
        return TypedResults.Ok(new EventsResponse([.. rows.Take(limit).Select(EventResponse.From)], rows.Count > limit ? rows[limit - 1].Id.ToString(CultureInfo.InvariantCulture) : null));

        IQueryable<EventRow> Filter(IQueryable<EventRow> events)
        {
            if (kind is not null) events = events.Where(row => row.Kind == kind);
            if (severity is not null) events = events.Where(row => row.Severity == severity);
            if (subject is not null) events = events.Where(row => row.Subject == subject);
            return events;
        }
    }

    private static long? Id(string? text, string field)
    {
        if (string.IsNullOrEmpty(text)) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw Validation.Invalid(field, $"'{field}' must be the id of an event.");
    }

    /// <summary>Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): id, event (the kind) and data (the JSON of the list).</summary>
    private sealed class EventStream(Func<IQueryable<EventRow>, IQueryable<EventRow>> filter, long? lastSeen) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            var services = context.RequestServices;
            var (store, databases, time) = (services.GetRequiredService<EventStore>(), services.GetRequiredService<IDbContextFactory<ControlDb>>(), services.GetRequiredService<TimeProvider>());
            var json = services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            try
            {
                var seen = lastSeen ?? await LastAsync(databases, ended.Token);
                // Tells the client that it is connected.
                await context.Response.WriteAsync(": connected\n\n", ended.Token);
                while (true)
                {
                    await context.Response.Body.FlushAsync(ended.Token);
                    var added = store.Added;
                    var page = await PageAsync(databases, seen, ended.Token);
                    foreach (var row in page)
                    {
                        await context.Response.WriteAsync($"id: {row.Id}\nevent: {row.Kind}\ndata: {JsonSerializer.Serialize(EventResponse.From(row), json)}\n\n", ended.Token);
                        seen = row.Id;
                    }

                    if (page.Count > 0) continue;
                    try
                    {
                        await added.WaitAsync(Heartbeat, time, ended.Token);
                    }
                    catch (TimeoutException)
                    {
                        await context.Response.WriteAsync(": alive\n\n", ended.Token);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The client left, or Control stops: the client comes back with Last-Event-ID.
            }
        }

        private async Task<List<EventRow>> PageAsync(IDbContextFactory<ControlDb> databases, long seen, CancellationToken cancellationToken)
        {
            await using var database = await databases.CreateDbContextAsync(cancellationToken);
            return await filter(database.Events.AsNoTracking().Where(row => row.Id > seen)).OrderBy(row => row.Id).Take(StreamPage).ToListAsync(cancellationToken);
        }

        private static async Task<long> LastAsync(IDbContextFactory<ControlDb> databases, CancellationToken cancellationToken)
        {
            await using var database = await databases.CreateDbContextAsync(cancellationToken);
            return await database.Events.MaxAsync(row => (long?)row.Id, cancellationToken) ?? 0;
        }
    }
}
