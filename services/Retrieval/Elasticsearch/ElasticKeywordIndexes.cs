using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>Opens the keyword indexes of corpora in Elasticsearch.</summary>
internal sealed class ElasticKeywordIndexes(DocumentStore store, ElasticClient client, ElasticBulk bulk, KeywordOptions keyword, ElasticOptions options, TimeProvider time) : IKeywordIndexes
{
    // A slow search must not hold up changes, and the other way round.
    private readonly ElasticPause _searches = new(options, time, tolerated: 0);
    private readonly ElasticPause _writes = new(options, time, tolerated: 1);

    /// <inheritdoc />
    public TimeSpan Patience { get; } = TimeSpan.FromMilliseconds(options.ConnectTimeoutMs);

    /// <inheritdoc />
    public async ValueTask<IKeywordIndex> OpenAsync(CorpusRow corpus, CancellationToken cancellationToken)
    {
        var index = ElasticNames.Keyword(store.DatabaseId, corpus);
        var sequence = await _writes.AskAsync(() => PrepareAsync(index, corpus, cancellationToken));
        return new ElasticKeywordIndex(index, sequence, client, bulk, _searches, _writes, keyword, options);
    }

    /// <summary>Makes sure that there is an index which can be used. Returns the sequence that it holds.</summary>
    private async Task<long> PrepareAsync(string index, CorpusRow corpus, CancellationToken cancellationToken)
    {
        var fingerprint = ElasticKeywordMapping.Fingerprint(store.DatabaseId, keyword);
        if (await ReadFingerprintAsync(index, cancellationToken) is { } made)
        {
            // A sequence above the store's: the store is older than the index, as after a restored backup, and what the index knows may never have been.
            if (made == fingerprint && await ReadSequenceAsync(index, cancellationToken) is var sequence && sequence <= corpus.Sequence) return sequence;
            using var deleted = await client.SendAsync(new ElasticRequest(HttpMethod.Delete, index + "?ignore_unavailable=true", client.WriteTimeout) { Repeated = true, Telling = true }, cancellationToken);
        }

        try
        {
            using var created = await client.SendAsync(
                new ElasticRequest(HttpMethod.Put, index, client.WriteTimeout) { Body = ElasticKeywordMapping.Create(index, fingerprint, keyword, options), Repeated = true, Telling = true },
                cancellationToken);
        }
        catch (ElasticException exception) when (exception.Fault == ElasticFault.IndexExists)
        {
            // Made by an earlier attempt whose answer was lost, or by another process: whatever is in it, the store's changes are put in again.
        }

        return 0;
    }

    /// <summary>What an index was made with; null where there is none.</summary>
    private async Task<string?> ReadFingerprintAsync(string index, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await client.SendAsync(new ElasticRequest(HttpMethod.Get, index + "/_mapping", client.ReadTimeout) { Telling = true }, cancellationToken);
            return answer.RootElement.TryGetProperty(index, out var found)
                && found.TryGetProperty("mappings", out var mappings) && mappings.TryGetProperty("_meta", out var meta) && meta.TryGetProperty("slipway", out var ours) && ours.TryGetProperty("fingerprint", out var fingerprint)
                ? fingerprint.GetString() ?? ""
                : "";
        }
        catch (ElasticException exception) when (exception.Fault == ElasticFault.IndexMissing)
        {
            return null;
        }
    }

    private async Task<long> ReadSequenceAsync(string index, CancellationToken cancellationToken)
    {
        using var answer = await client.SendAsync(
            new ElasticRequest(HttpMethod.Post, index + "/_mget", client.ReadTimeout) { Body = ElasticRequest.Write(new { ids = (string[])[ElasticKeywordIndex.State] }), Telling = true }, cancellationToken);
        var state = answer.RootElement.GetProperty("docs").EnumerateArray().Single();
        if (state.TryGetProperty("error", out var error))
            throw new ElasticException(ElasticFault.Unavailable, $"The sequence of {index} could not be read: {ElasticErrors.Read(error).Type}.");
        return state.GetProperty("found").GetBoolean() ? state.GetProperty("_source").GetProperty(ElasticFields.Sequence).GetInt64() : 0;
    }
}
