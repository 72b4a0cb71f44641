using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Slipway.Control.Admin;
using Slipway.Control.Data;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Control.Records;

/// <summary><c>/admin/requests</c>.</summary>
internal static class RequestsApi
{
    internal static RouteGroupBuilder MapRequestsApi(this RouteGroupBuilder admin)
    {
        var requests = admin.MapGroup("/requests").WithTags("Requests");
        requests.MapGet("/", List).WithName("ListRequests")
            .WithSummary("The latest requests, newest first: every failed, degraded or low-confidence one that the write limit allows (250 a second), of the others up to 50 a second.").ProducesErrors(400);
        requests.MapGet("/{id}", Get).WithName("GetRequest").WithSummary("One request by its id.").ProducesErrors(404);
        return admin;
    }

    private static async Task<Ok<RequestsResponse>> List(
        IDbContextFactory<ControlDb> databases,
        CancellationToken cancellationToken,
        [Description("Only this tenant.")] string? tenant = null,
        [Description("Only this route.")] string? route = null,
        [Description("Only this release.")] string? release = null,
        [Description("An HTTP status (503), a class (2xx, 4xx, 5xx) or failed (400 and above).")] string? status = null,
        [Description("Only degraded ones.")] bool degraded = false,
        [Description("Only those that asked for a review.")] bool review = false,
        [Description("1 to 200; 50 by default.")] int limit = 50,
        [Description("The next of the page before.")] string? before = null)
    {
        (tenant, route, release) = (Validation.Filter(tenant, "tenant"), Validation.Filter(route, "route"), Validation.Filter(release, "release"));
        Validation.Range(limit, "limit", 1, 200);
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        IQueryable<RecordRow> query = database.Records.AsNoTracking();
        if (tenant is not null) query = query.Where(row => row.Tenant == tenant);
        if (route is not null) query = query.Where(row => row.Route == route);
        if (release is not null) query = query.Where(row => row.Release == release);
        if (!string.IsNullOrEmpty(status))
        {
            var (low, high) = Statuses(status);
            query = query.Where(row => row.Status >= low && row.Status <= high);
        }

        if (degraded) query = query.Where(row => row.Degraded != "");
        if (review) query = query.Where(row => row.Review);
        if (!string.IsNullOrEmpty(before))
        {
            if (!long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var cursor)) throw Validation.Invalid("before", "'before' must be the 'next' of an earlier page.");
            query = query.Where(row => row.Id < cursor);
        }

        var rows = await query.OrderByDescending(row => row.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var page = rows.Take(limit).ToList();
        var ids = page.Select(row => row.RequestId).ToList();
        var feedback = await database.Feedback.AsNoTracking().Where(row => ids.Contains(row.RequestId)).ToDictionaryAsync(row => (row.Tenant, row.RequestId), cancellationToken);
        return TypedResults.Ok(new RequestsResponse(
            [.. page.Select(row => RequestResponse.From(row, feedback.GetValueOrDefault((row.Tenant, row.RequestId))))],
            rows.Count > limit ? page[^1].Id.ToString(CultureInfo.InvariantCulture) : null));
    }

    private static async Task<Ok<RequestResponse>> Get(
        string id, IDbContextFactory<ControlDb> databases, CancellationToken cancellationToken, [Description("Whose request, where tenants chose the same id.")] string? tenant = null)
    {
        tenant = Validation.Filter(tenant, "tenant");
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        var row = await database.Records.AsNoTracking().Where(record => record.RequestId == id && (tenant == null || record.Tenant == tenant)).OrderByDescending(record => record.Id).FirstOrDefaultAsync(cancellationToken)
            ?? throw new ApiException(new ApiError(404, "request_not_found", "No record of this request is kept: it is unknown, too old, or was counted without being kept."));
        var feedback = await database.Feedback.AsNoTracking().FirstOrDefaultAsync(entry => entry.Tenant == row.Tenant && entry.RequestId == id, cancellationToken);
        return TypedResults.Ok(RequestResponse.From(row, feedback));
    }

    private static (int Low, int High) Statuses(string status)
    {
        if (status == "failed") return (400, 999);
        if (status.Length == 3 && status[0] is >= '1' and <= '5')
        {
            if (status.EndsWith("xx", StringComparison.Ordinal)) return ((status[0] - '0') * 100, (status[0] - '0') * 100 + 99);
            if (int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var exact)) return (exact, exact);
        }

        throw Validation.Invalid("status", "'status' must be an HTTP status (503), a class (2xx, 4xx, 5xx) or 'failed'.");
    }
}
