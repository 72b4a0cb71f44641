using System.ComponentModel;
using Grpc.Core;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Control.Admin;
using Slipway.ServiceDefaults.Grpc;

namespace Slipway.Control.Caching;

/// <summary><c>/admin/cache</c>: asks the cache service.</summary>
internal static class CacheApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    internal static WebApplicationBuilder AddCacheClient(this WebApplicationBuilder builder)
    {
        builder.AddGrpcClientFor<CacheService.CacheServiceClient>("cache", "slipway.v1.CacheService/DescribeIntents");
        return builder;
    }

    internal static RouteGroupBuilder MapCacheApi(this RouteGroupBuilder admin)
    {
        var cache = admin.MapGroup("/cache").WithTags("Caches");
        cache.MapGet("/", Get).WithName("GetCache")
            .WithSummary("How answers found by intent stand, by tenant and route: the sampled hits that were wrong, and whether the route went back to exact keys.").ProducesErrors(400, 503);
        cache.MapDelete("/{tenant}", Purge).WithName("PurgeCache").WithSummary("Forgets every cached answer and passage of a tenant, in all replicas within a second.").ProducesErrors(400, 503);
        cache.MapDelete("/{tenant}/samples", Trust).WithName("TrustIntents").WithSummary("Forgets a tenant's sampled hits, and lets answers be found by intent again.").ProducesErrors(400, 503);
        return admin;
    }

    private static async Task<Ok<CacheResponse>> Get(
        CacheService.CacheServiceClient cache, TimeProvider time, CancellationToken cancellationToken, [Description("This tenant, also when it has not asked lately.")] string? tenant = null)
    {
        var request = new DescribeIntentsRequest { Tenant = Validation.Filter(tenant, "tenant") ?? "" };
        var reply = await CallAsync(cache.DescribeIntentsAsync(request, deadline: Deadline(time), cancellationToken: cancellationToken), cancellationToken);
        return TypedResults.Ok(new CacheResponse([.. reply.Standings.Select(View)]));
    }

    private static async Task<NoContent> Purge(string tenant, CacheService.CacheServiceClient cache, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = new PurgeRequest { Tenant = Validation.Text(tenant, "tenant", 128) };
        await CallAsync(cache.PurgeAsync(request, deadline: Deadline(time), cancellationToken: cancellationToken), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> Trust(string tenant, CacheService.CacheServiceClient cache, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = new TrustIntentsRequest { Tenant = Validation.Text(tenant, "tenant", 128) };
        await CallAsync(cache.TrustIntentsAsync(request, deadline: Deadline(time), cancellationToken: cancellationToken), cancellationToken);
        return TypedResults.NoContent();
    }

    private static DateTime Deadline(TimeProvider time) => (time.GetUtcNow() + Patience).UtcDateTime;

    private static Task<T> CallAsync<T>(AsyncUnaryCall<T> call, CancellationToken cancellationToken) => call.OrUnavailableAsync("cache_unavailable", "cache service", cancellationToken);

    private static IntentFigures View(IntentStanding standing)
    {
        var known = standing.Samples > 0;
        return new IntentFigures(
            standing.Tenant,
            standing.Route,
            standing.Mode,
            standing.DistrustedUnixMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(standing.DistrustedUnixMs),
            standing.Samples,
            standing.Wrong,
            known ? Math.Round(standing.Lower, 4) : null,
            known ? Math.Round(standing.Upper, 4) : null,
            standing.Bound,
            standing.Threshold);
    }
}
