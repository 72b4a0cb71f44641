using Grpc.Core;
using Slipway.Cache.Answers;
using Slipway.Cache.Telemetry;
using Slipway.Contracts;

namespace Slipway.Cache.Grpc;

/// <summary>The contract <c>slipway.v1.CacheService</c>.</summary>
internal sealed class CacheGrpcService(AnswerCache cache, TimeProvider time) : CacheService.CacheServiceBase
{
    public override async Task<LookupResponse> Lookup(LookupRequest request, ServerCallContext context)
    {
        RequestChecks.Key(request.Key);
        var found = await cache.LookupAsync(request.Key, WaitBudget.Of(request.MaxWaitMs, context.Deadline, time.GetUtcNow()), request.AcceptStale, context.CancellationToken);
        if (found.Entry is not { } entry) return new LookupResponse { Lease = found.Lease ?? "" };
        return new LookupResponse
        {
            Hit = true,
            Value = entry.Value,
            AgeMs = Math.Max(0, (long)(time.GetUtcNow() - entry.StoredAt).TotalMilliseconds),
            Stale = found.Outcome == CacheOutcome.Stale,
        };
    }

    public override async Task<StoreResponse> Store(StoreRequest request, ServerCallContext context)
    {
        RequestChecks.Key(request.Key);
        return new StoreResponse { Stored = await cache.StoreAsync(request.Key, request.Value, request.Lease, context.CancellationToken) };
    }

    public override async Task<AbandonResponse> Abandon(AbandonRequest request, ServerCallContext context)
    {
        RequestChecks.Key(request.Key);
        await cache.AbandonAsync(request.Key, request.Lease, context.CancellationToken);
        return new AbandonResponse();
    }

    public override async Task<PurgeResponse> Purge(PurgeRequest request, ServerCallContext context)
    {
        RequestChecks.Tenant(request.Tenant);
        if (await cache.PurgeAsync(request.Tenant)) return new PurgeResponse();

        // Whoever purges must know: this replica has forgotten, but the others still answer until Redis is back. Asking again is harmless.
        throw new ServiceError(
            StatusCode.Unavailable, "purge_incomplete", "The entries are forgotten here, and everywhere as soon as the shared cache answers again.", RetryAfter: TimeSpan.FromSeconds(1)).ToException();
    }
}
