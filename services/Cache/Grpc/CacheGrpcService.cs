using Grpc.Core;
using Slipway.Cache.Answers;
using Slipway.Cache.Frequent;
using Slipway.Cache.Intents;
using Slipway.Cache.Intents.Routes;
using Slipway.Cache.Intents.Trust;
using Slipway.Cache.Telemetry;
using Slipway.Contracts;

namespace Slipway.Cache.Grpc;

/// <summary>The contract <c>slipway.v1.CacheService</c>.</summary>
internal sealed class CacheGrpcService(AnswerCache cache, IntentCache intents, IntentTrust trust, IntentRoutes routes, FrequentQuestions frequent, TimeProvider time) : CacheService.CacheServiceBase
{
    public override async Task<LookupResponse> Lookup(LookupRequest request, ServerCallContext context)
    {
        RequestChecks.Key(request.Key);
        if (request is { Background: false, AcceptStale: false } && request.Key.Tier == CacheTier.Output && request.Key.Context.Length == 0) frequent.Count(request.Key.Scope.Tenant, request.Key.Question);
        var found = await cache.LookupAsync(request.Key, WaitBudget.Of(request.MaxWaitMs, context.Deadline, time.GetUtcNow()), request.AcceptStale, context.CancellationToken);
        if (found.Entry is not { } entry)
        {
            var miss = new LookupResponse { Lease = found.Lease ?? "" };
            if (request.OrEarlier && await cache.FindEarlierAsync(request.Key, context.CancellationToken) is { } earlier) miss.Earlier = earlier.Value;
            return miss;
        }

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
        return new StoreResponse { Stored = await cache.StoreAsync(request.Key, request.Value, request.Lease, request.Vector, request.EmbeddingsVersion, context.CancellationToken) };
    }

    public override async Task<AbandonResponse> Abandon(AbandonRequest request, ServerCallContext context)
    {
        RequestChecks.Key(request.Key);
        await cache.AbandonAsync(request.Key, request.Lease, context.CancellationToken);
        return new AbandonResponse();
    }

    public override async Task<LookupIntentResponse> LookupIntent(LookupIntentRequest request, ServerCallContext context)
    {
        RequestChecks.Key(request.Key);
        if (request.Key.Tier != CacheTier.Output) throw ServiceError.Invalid("key.tier", "key.tier must be CACHE_TIER_OUTPUT: only answers are found by intent.").ToException();
        RequestChecks.Vector(request.Vector);
        if (await intents.LookupAsync(request.Key, request.Vector, request.EmbeddingsVersion, request.Route, context.CancellationToken) is not { } hit) return new LookupIntentResponse();
        return new LookupIntentResponse
        {
            Hit = true,
            Value = hit.Entry.Value,
            AgeMs = Math.Max(0, (long)(time.GetUtcNow() - hit.Entry.StoredAt).TotalMilliseconds),
            Similarity = hit.Similarity,
            Sample = hit.Sample,
        };
    }

    public override async Task<ReportIntentResponse> ReportIntent(ReportIntentRequest request, ServerCallContext context)
    {
        RequestChecks.Tenant(request.Tenant);
        CacheTelemetry.RecordSample(request.Agrees);
        await trust.ReportAsync(request.Tenant, request.Route, request.Agrees);
        return new ReportIntentResponse();
    }

    public override async Task<DescribeIntentsResponse> DescribeIntents(DescribeIntentsRequest request, ServerCallContext context)
    {
        var response = new DescribeIntentsResponse();
        foreach (var (tenant, route, distrusted, window) in await trust.DescribeAsync(request.Tenant))
        {
            var settings = routes.Of(route);
            var (lower, upper) = window.Rate;
            response.Standings.Add(new IntentStanding
            {
                Tenant = tenant,
                Route = route,
                Mode = settings.Enabled && distrusted is null ? "intent" : "exact",
                DistrustedUnixMs = distrusted?.ToUnixTimeMilliseconds() ?? 0,
                Samples = window.Samples,
                Wrong = window.Wrong,
                Lower = lower,
                Upper = upper,
                Bound = settings.FalseHitBound,
                Threshold = settings.Threshold,
            });
        }

        return response;
    }

    public override async Task<ListFrequentResponse> ListFrequent(ListFrequentRequest request, ServerCallContext context)
    {
        RequestChecks.Tenant(request.Tenant);
        if (request.Limit is < 1 or > 500) throw ServiceError.Invalid("limit", "limit must be 1 to 500.").ToException();
        var response = new ListFrequentResponse();
        foreach (var (question, _) in await frequent.TopAsync(request.Tenant, request.Limit, context.CancellationToken)) response.Questions.Add(question);
        return response;
    }

    public override async Task<TrustIntentsResponse> TrustIntents(TrustIntentsRequest request, ServerCallContext context)
    {
        RequestChecks.Tenant(request.Tenant);
        await trust.TrustAsync(request.Tenant);
        return new TrustIntentsResponse();
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
