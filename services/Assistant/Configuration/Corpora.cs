using System.Collections.Concurrent;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.Assistant.Configuration;

/// <summary>The corpus version of each tenant, which the cache keys contain.</summary>
internal sealed class Corpora
{
    private readonly ConcurrentDictionary<string, string> _versions = new(StringComparer.Ordinal);
    private volatile bool _known;

    /// <summary>The tenant's corpus version; <c>empty</c> for a tenant without documents; null while retrieval was never heard of.</summary>
    public string? VersionOf(string tenant) => _versions.TryGetValue(tenant, out var version) ? version : _known ? "empty" : null;

    /// <summary>Takes a version that an answer of retrieval carried: it is at least as new as what the watch has told.</summary>
    public void Learn(string tenant, string version)
    {
        if (version.Length > 0) _versions[tenant] = version;
    }

    public void Accept(CorpusState state)
    {
        Learn(state.Tenant, state.CorpusVersion);
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
