using Google.Protobuf;
using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Fakes;

/// <summary>A cache in memory with leases that nobody waits for; each method can be replaced.</summary>
public sealed class FakeCache : CacheService.CacheServiceBase
{
    private readonly Lock _gate = new();
    private readonly List<(CacheKey Key, ByteString Value)> _entries = [];
    private int _leases;

    public Calls<LookupRequest> Lookups { get; } = new();

    public Calls<StoreRequest> Stores { get; } = new();

    public Calls<AbandonRequest> Abandons { get; } = new();

    public Calls<LookupIntentRequest> IntentLookups { get; } = new();

    public Calls<ReportIntentRequest> Reports { get; } = new();

    /// <summary>The questions that a tenant asks most.</summary>
    public Func<string, IReadOnlyList<string>> Frequent { get; set; } = static _ => [];

    public Func<LookupIntentRequest, ServerCallContext, Task<LookupIntentResponse>>? OnLookupIntent { get; set; }

    public Func<LookupRequest, ServerCallContext, Task<LookupResponse>>? OnLookup { get; set; }

    public Func<StoreRequest, ServerCallContext, Task<StoreResponse>>? OnStore { get; set; }

    public void Reset()
    {
        OnLookup = null;
        OnStore = null;
        OnLookupIntent = null;
        Frequent = static _ => [];
        IntentLookups.Clear();
        Reports.Clear();
        Lookups.Clear();
        Stores.Clear();
        Abandons.Clear();
        lock (_gate) _entries.Clear();
    }

    public override Task<LookupResponse> Lookup(LookupRequest request, ServerCallContext context)
    {
        Lookups.Add(request, context);
        return OnLookup?.Invoke(request, context) ?? Task.FromResult(Find(request));
    }

    public override Task<LookupIntentResponse> LookupIntent(LookupIntentRequest request, ServerCallContext context)
    {
        IntentLookups.Add(request, context);
        return OnLookupIntent?.Invoke(request, context) ?? Task.FromResult(new LookupIntentResponse());
    }

    public override Task<ListFrequentResponse> ListFrequent(ListFrequentRequest request, ServerCallContext context) => Task.FromResult(new ListFrequentResponse { Questions = { Frequent(request.Tenant) } });

    public override Task<ReportIntentResponse> ReportIntent(ReportIntentRequest request, ServerCallContext context)
    {
        Reports.Add(request, context);
        return Task.FromResult(new ReportIntentResponse());
    }

    public override Task<StoreResponse> Store(StoreRequest request, ServerCallContext context)
    {
        lock (_gate) _entries.Add((request.Key, request.Value));
        Stores.Add(request, context);
        return OnStore?.Invoke(request, context) ?? Task.FromResult(new StoreResponse { Stored = true });
    }

    public override Task<AbandonResponse> Abandon(AbandonRequest request, ServerCallContext context)
    {
        Abandons.Add(request, context);
        return Task.FromResult(new AbandonResponse());
    }

    public LookupResponse Find(LookupRequest request)
    {
        lock (_gate)
        {
            var exact = _entries.FindLast(entry => entry.Key.Equals(request.Key));
            if (exact.Key is not null) return new LookupResponse { Hit = true, Value = exact.Value };
            if (!request.AcceptStale)
            {
                var earlier = request.OrEarlier ? _entries.FindLast(entry => EqualButForCorpus(entry.Key, request.Key)).Value : null;
                return new LookupResponse { Lease = $"lease-{++_leases}", Earlier = earlier ?? ByteString.Empty };
            }

            var stale = _entries.FindLast(entry =>
                entry.Key.Tier == request.Key.Tier && entry.Key.Scope.Tenant == request.Key.Scope.Tenant
                && entry.Key.Question == request.Key.Question && entry.Key.Context == request.Key.Context);
            return stale.Key is null ? new LookupResponse() : new LookupResponse { Hit = true, Stale = true, Value = stale.Value };
        }
    }

    private static bool EqualButForCorpus(CacheKey one, CacheKey other)
    {
        var same = one.Clone();
        same.Scope.CorpusVersion = other.Scope.CorpusVersion;
        return same.Equals(other);
    }
}
