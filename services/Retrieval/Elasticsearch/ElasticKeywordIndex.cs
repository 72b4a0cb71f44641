using System.Globalization;
using Lucene.Net.Analysis.TokenAttributes;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>
/// BM25 in Elasticsearch, one index for each corpus. A change is made in steps that leave, wherever they are cut off, at least what was acknowledged:
/// <list type="number">
/// <item>the new chunks go in (<c>_bulk</c>; a chunk's number is its id, so that twice is as good as once),</item>
/// <item>they are made visible (<c>_refresh</c>),</item>
/// <item>all other chunks of the same documents go (<c>_delete_by_query</c>).</item>
/// </list>
/// In between both are found; the search leaves out what the store no longer has. The sequence is kept in a document of the same index, <c>state</c>, written by <see cref="CommitAsync"/>.
/// </summary>
internal sealed class ElasticKeywordIndex(
    string index, long sequence, ElasticClient client, ElasticBulk bulk, ElasticPause searches, ElasticPause writes, KeywordOptions keyword, ElasticOptions options) : IKeywordIndex
{
    /// <summary>The id of the document that holds the sequence.</summary>
    public const string State = "state";

    /// <summary>Chunks and documents that one query names at most; Elasticsearch takes 65,536 values.</summary>
    private const int MostNamed = 10_000;

    /// <summary>
    /// Words of a query that are looked for. Elasticsearch takes 1,024 clauses at least, and each word is one in three fields.
    /// </summary>
    private const int MostWords = 256;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly ChunkAnalyzer _analyzer = new();
    private long _sequence = sequence;
    private long _committed = sequence;
    private volatile bool _closed;

    /// <inheritdoc />
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <inheritdoc />
    public async ValueTask ApplyAsync(IReadOnlyList<IndexedDocument> documents, IReadOnlyList<long> removed, long sequence, CancellationToken cancellationToken)
    {
        if (documents.Count + removed.Count > 0)
        {
            await writes.AskAsync(async () =>
            {
                if (documents.Count > 0)
                {
                    await bulk.SendAsync(
                        ElasticNames.AliasOf(index), BulkAction.Index, documents.SelectMany(document => document.Chunks.Select(chunk => ElasticKeywordMapping.From(document, chunk))), cancellationToken);
                }

                await RefreshNowAsync(cancellationToken);
                foreach (var (gone, kept) in Batches(documents, removed)) await DeleteOthersAsync(gone, kept, cancellationToken);
                return true;
            });
        }

        if (sequence > Sequence) Interlocked.Exchange(ref _sequence, sequence);
    }

    /// <inheritdoc />
    public async ValueTask RefreshAsync(CancellationToken cancellationToken) => await writes.AskAsync(async () =>
    {
        await RefreshNowAsync(cancellationToken);
        return true;
    });

    /// <inheritdoc />
    public async ValueTask<long> CommitAsync(CancellationToken cancellationToken)
    {
        var (now, before) = (Sequence, Interlocked.Read(ref _committed));
        if (_closed || now == before) return before;
        await writes.AskAsync(async () =>
        {
            using var answer = await client.SendAsync(
                new ElasticRequest(HttpMethod.Put, $"{ElasticNames.AliasOf(index)}/_doc/{State}?require_alias=true", client.WriteTimeout)
                {
                    Body = ElasticRequest.Write(new Dictionary<string, object> { [ElasticFields.Sequence] = now }),
                    Repeated = true,
                    Telling = true,
                },
                cancellationToken);
            return true;
        });
        Interlocked.Exchange(ref _committed, now);
        return now;
    }

    /// <summary>Elasticsearch merges by itself.</summary>
    public ValueTask TidyAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc />
    public void Abandon() => _closed = true;

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<ScoredChunk>> SearchAsync(string query, int count, MetadataFilter? filter, CancellationToken cancellationToken)
    {
        if (count <= 0 || Bound(query) is not { Length: > 0 } words) return [];
        return await searches.AskAsync(async () =>
        {
            // Each shard knows its own words only; with several the scores would differ by shard.
            var type = options.Shards > 1 ? "&search_type=dfs_query_then_fetch" : "";
            using var answer = await client.SendAsync(
                new ElasticRequest(HttpMethod.Post, $"{index}/_search?allow_partial_search_results=false{type}", TimeSpan.FromMilliseconds(options.SearchTimeoutMs))
                {
                    Body = ElasticKeywordMapping.Search(words, Math.Min(count, MostNamed), filter, keyword),
                },
                cancellationToken);
            return (ScoredChunk[])
            [
                .. answer.RootElement.GetProperty("hits").GetProperty("hits").EnumerateArray()
                    .Select(hit => new ScoredChunk(long.Parse(hit.GetProperty("_id").GetString()!, CultureInfo.InvariantCulture), hit.GetProperty("_score").GetDouble())),
            ];
        });
    }

    /// <summary>Commits, if Elasticsearch answers soon; what is not committed is read again from the store at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closed) return;
        using var limit = new CancellationTokenSource(Farewell);
        try
        {
            await CommitAsync(limit.Token);
        }
        catch (Exception exception) when (exception is KeywordIndexException or OperationCanceledException)
        {
        }

        _closed = true;
    }

    /// <summary>The query up to the last word that is looked for; empty when it has none.</summary>
    private string Bound(string query)
    {
        using var stream = _analyzer.GetTokenStream(ElasticFields.Body, query);
        var offsets = stream.GetAttribute<IOffsetAttribute>();
        stream.Reset();
        int words = 0, end = 0;
        while (words < MostWords && stream.IncrementToken())
        {
            words++;
            end = Math.Max(end, offsets.EndOffset);
        }

        stream.End();
        return query[..Math.Min(end, query.Length)];
    }

    private async Task DeleteOthersAsync(List<long> documents, List<long> kept, CancellationToken cancellationToken)
    {
        using var answer = await client.SendAsync(
            new ElasticRequest(HttpMethod.Post, index + "/_delete_by_query", client.WriteTimeout) { Body = ElasticKeywordMapping.Others(documents, kept), Repeated = true }, cancellationToken);
        if (answer.RootElement.TryGetProperty("failures", out var failures) && failures.GetArrayLength() > 0)
            throw new ElasticException(ElasticFault.Rejected, FormattableString.Invariant($"Replaced chunks could not be deleted: {failures.GetArrayLength()} failures."));
    }

    private async Task RefreshNowAsync(CancellationToken cancellationToken)
    {
        using var answer = await client.SendAsync(new ElasticRequest(HttpMethod.Post, index + "/_refresh", client.WriteTimeout) { Repeated = true, Telling = true }, cancellationToken);
    }

    /// <summary>The documents whose older chunks are to go, with the chunks to keep, in groups that one query can name. A document is never in two of them.</summary>
    private static IEnumerable<(List<long> Documents, List<long> Kept)> Batches(IReadOnlyList<IndexedDocument> documents, IReadOnlyList<long> removed)
    {
        List<long> named = [], kept = [];
        foreach (var (number, chunks) in documents.Select(document => (document.Document, document.Chunks)).Concat(removed.Select(number => (number, (IReadOnlyList<ChunkRow>)[]))))
        {
            if (named.Count > 0 && (named.Count == MostNamed || kept.Count + chunks.Count > MostNamed))
            {
                yield return (named, kept);
                (named, kept) = ([], []);
            }

            named.Add(number);
            kept.AddRange(chunks.Select(chunk => chunk.Chunk));
        }

        if (named.Count > 0) yield return (named, kept);
    }
}
