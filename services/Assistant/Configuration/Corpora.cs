using System.Collections.Concurrent;
using Grpc.Core;
using Slipway.Assistant.Search;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.Assistant.Configuration;

/// <summary>The corpus version of each collection of each tenant, which the cache keys contain.</summary>
internal sealed class Corpora
{
    private readonly ConcurrentDictionary<(string Tenant, string Collection), string> _versions = new();
    private volatile bool _known;

    /// <summary>A collection's corpus version; <c>empty</c> for one without documents; null while retrieval was never heard of. An empty name means the default collection.</summary>
    public string? VersionOf(string tenant, string collection) => _versions.TryGetValue((tenant, collection), out var version) ? version : _known ? "empty" : null;

    /// <summary>
    /// Takes a version that the watch or an answer of retrieval carried. They overtake each other (the watch lags behind an upload, a slow search behind the
    /// watch), so one that is older than what is known is passed over: with it the cache would give answers from before the change.
    /// </summary>
    public void Learn(string tenant, string collection, string version)
    {
        if (version.Length == 0) return;
        _versions.AddOrUpdate((tenant, collection), static (_, taken) => taken, static (_, known, taken) => CorpusVersion.IsOlder(taken, known) ? known : taken, version);
    }

    /// <summary>The tenants that have a corpus.</summary>
    public IEnumerable<string> Tenants() => _versions.Keys.Select(key => key.Tenant).Distinct(StringComparer.Ordinal);

    public void Accept(CorpusState state)
    {
        Learn(state.Tenant, SearchScope.ReadCollection(state.Collection), state.CorpusVersion);
        _known = true;
    }
}

internal sealed class CorpusWatch(RetrievalService.RetrievalServiceClient retrieval, Corpora corpora, TimeProvider time, ILogger<CorpusWatch> logger) : Watch<CorpusState>(time, logger)
{
    protected override AsyncServerStreamingCall<CorpusState> Open(CancellationToken cancellationToken) =>
        retrieval.WatchCorpora(new WatchCorporaRequest(), cancellationToken: cancellationToken);

    protected override void Accept(CorpusState state) => corpora.Accept(state);
}

internal static class CorpusExtensions
{
    /// <summary>Follows retrieval's corpora.</summary>
    public static WebApplicationBuilder AddCorpora(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Corpora>();
        builder.Services.AddHostedService<CorpusWatch>();
        return builder;
    }
}
