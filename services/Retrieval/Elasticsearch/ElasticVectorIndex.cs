using System.Globalization;
using System.Text.Json;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>What is known of the documents of chunks.</summary>
internal interface IChunkMetadata
{
    /// <summary>The metadata of the chunks' documents. Chunks that are gone are left out.</summary>
    IReadOnlyDictionary<long, IReadOnlyDictionary<string, IReadOnlyList<string>>> ReadMetadata(IReadOnlyList<long> chunks);
}

/// <summary>
/// Vector sets in Elasticsearch: an index for each, of the fields <c>vector</c> (<c>dense_vector</c>, <c>int8_hnsw</c>, cosine), <c>chunk</c> and the two of <see cref="ElasticMetadata"/>; a
/// document's id is the chunk's number. The metadata are asked of the documents store when a chunk comes: a document that changes gets new chunks, so those of a chunk never do.
/// <list type="bullet">
/// <item>Added: <c>POST ALIAS/_bulk?require_alias=true</c> with <c>create</c>, then one <c>_refresh</c>: what was acknowledged is found by the next search. Indexes do not refresh by themselves.</item>
/// <item>Searched: <c>knn</c> with <c>k</c>, <c>num_candidates</c> and <c>filter</c>. The score is (1 + cos) / 2.</item>
/// </list>
/// </summary>
internal sealed class ElasticVectorIndex(ElasticClient client, ElasticBulk bulk, ElasticOptions elastic, VectorOptions vectors, IChunkMetadata metadata) : IFilteredVectorIndex
{
    /// <summary>What Elasticsearch takes as <c>k</c> and as <c>num_candidates</c> at most.</summary>
    private const int MostCandidates = 10_000;

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => AskAsync(async () =>
    {
        await client.PingAsync(cancellationToken);
        return true;
    });

    /// <inheritdoc />
    public Task AddAsync(string set, IReadOnlyList<ChunkVector> added, CancellationToken cancellationToken) => AskAsync(async () =>
    {
        if (added.Count == 0) return true;
        var index = ElasticNames.IndexOf(set);
        var known = metadata.ReadMetadata([.. added.Select(vector => vector.Chunk)]);
        var items = added.Select(vector => new BulkItem(vector.Chunk, Source(vector, known.GetValueOrDefault(vector.Chunk, MetadataJson.None))));
        try
        {
            await bulk.SendAsync(ElasticNames.AliasOf(index), BulkAction.Create, items, cancellationToken);
        }
        catch (ElasticException exception) when (exception.Fault == ElasticFault.IndexMissing)
        {
            await CreateAsync(index, set, added[0].Vector.Length, cancellationToken);
            await bulk.SendAsync(ElasticNames.AliasOf(index), BulkAction.Create, items, cancellationToken);
        }

        await RefreshAsync(index, cancellationToken);
        return true;
    });

    /// <inheritdoc />
    public Task RemoveAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken) => AskAsync(async () =>
    {
        if (chunks.Count == 0) return true;
        var index = ElasticNames.IndexOf(set);
        try
        {
            await bulk.SendAsync(ElasticNames.AliasOf(index), BulkAction.Delete, chunks.Select(chunk => new BulkItem(chunk, [])), cancellationToken);
            await RefreshAsync(index, cancellationToken);
        }
        catch (ElasticException exception) when (exception.Fault == ElasticFault.IndexMissing)
        {
            // There is nothing to take them out of.
        }

        return true;
    });

    /// <inheritdoc />
    public Task<IReadOnlyList<long>> FindMissingAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken) => AskAsync<IReadOnlyList<long>>(async () =>
    {
        if (chunks.Count == 0) return [];
        using var answer = await client.SendAsync(
            new ElasticRequest(HttpMethod.Post, ElasticNames.IndexOf(set) + "/_mget?_source=false", client.ReadTimeout)
            {
                Body = ElasticRequest.Write(new { ids = chunks.Select(IdOf).ToArray() }),
            },
            cancellationToken);
        var missing = new List<long>();
        foreach (var found in answer.RootElement.GetProperty("docs").EnumerateArray())
        {
            if (found.TryGetProperty("found", out var there) && there.GetBoolean()) continue;
            if (found.TryGetProperty("error", out var error) && ElasticErrors.Read(error).Type is var type && type != "index_not_found_exception")
                throw new ElasticException(ElasticErrors.FaultOf(500, type), $"Whether chunks are there could not be told: {type}.");
            missing.Add(ChunkOf(found));
        }

        return missing;
    });

    /// <inheritdoc />
    public Task<long> CountAsync(string set, CancellationToken cancellationToken) => AskAsync(async () =>
    {
        var index = ElasticNames.IndexOf(set);
        // What another process, or one that died, changed and did not refresh counts too.
        await RefreshAsync(index, cancellationToken);
        using var answer = await client.SendAsync(new ElasticRequest(HttpMethod.Post, index + "/_count?ignore_unavailable=true", client.ReadTimeout), cancellationToken);
        return answer.RootElement.GetProperty("count").GetInt64();
    });

    /// <inheritdoc />
    public Task DropAsync(string set, CancellationToken cancellationToken) => AskAsync(async () =>
    {
        using var answer = await client.SendAsync(
            new ElasticRequest(HttpMethod.Delete, ElasticNames.IndexOf(set) + "?ignore_unavailable=true", client.WriteTimeout) { Repeated = true, Telling = true }, cancellationToken);
        return true;
    });

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken) => AskAsync<IReadOnlyList<string>>(async () =>
    {
        using var answer = await client.SendAsync(
            new ElasticRequest(HttpMethod.Get, $"_resolve/index/{ElasticNames.Encode(prefix)}*?expand_wildcards=all", client.ReadTimeout) { Telling = true }, cancellationToken);
        return
        [
            .. answer.RootElement.GetProperty("indices").EnumerateArray()
                .Select(index => ElasticNames.SetOf(index.GetProperty("name").GetString()!))
                .OfType<string>()
                .Where(set => set.StartsWith(prefix, StringComparison.Ordinal)),
        ];
    });

    /// <inheritdoc />
    public Task<IReadOnlyList<ScoredChunk>> SearchAsync(string set, ReadOnlyMemory<float> query, int count, CancellationToken cancellationToken) =>
        SearchAsync(set, query, count, [], cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<ScoredChunk>> SearchAsync(string set, ReadOnlyMemory<float> query, int count, MetadataFilter filter, CancellationToken cancellationToken) =>
        SearchAsync(set, query, count, ElasticMetadata.ToQueries(filter), cancellationToken);

    private Task<IReadOnlyList<ScoredChunk>> SearchAsync(string set, ReadOnlyMemory<float> query, int count, object[] filter, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<ScoredChunk>>(async () =>
        {
            if (count <= 0) return [];
            var nearest = Math.Min(count, MostCandidates);
            var knn = new
            {
                field = ElasticFields.Vector,
                query_vector = query.ToArray(),
                k = nearest,
                num_candidates = Math.Max(nearest, vectors.SearchEf),
                filter,
            };
            using var answer = await client.SendAsync(
                new ElasticRequest(HttpMethod.Post, ElasticNames.IndexOf(set) + "/_search?ignore_unavailable=true&allow_partial_search_results=false", client.ReadTimeout)
                {
                    Body = ElasticRequest.Write(new { knn, size = nearest, _source = false, track_total_hits = false }),
                },
                cancellationToken);
            var found = answer.RootElement.GetProperty("hits").GetProperty("hits").EnumerateArray()
                .Select(hit => new ScoredChunk(ChunkOf(hit), Math.Clamp((2 * hit.GetProperty("_score").GetDouble()) - 1, -1, 1)))
                .ToArray();
            // Equal scores come in the order of shards and segments.
            Array.Sort(found, static (a, b) => b.Score.CompareTo(a.Score) is not 0 and var order ? order : a.Chunk.CompareTo(b.Chunk));
            return found;
        });

    private async Task CreateAsync(string index, string set, int dimensions, CancellationToken cancellationToken)
    {
        var body = new
        {
            aliases = new Dictionary<string, object> { [ElasticNames.AliasOf(index)] = new { } },
            settings = new { number_of_shards = elastic.Shards, number_of_replicas = elastic.Replicas, refresh_interval = "-1" },
            mappings = new
            {
                dynamic = "strict",
                _meta = new { slipway = new { set } },
                // The vectors are in the documents store as well.
                _source = new { excludes = new[] { ElasticFields.Vector } },
                properties = new Dictionary<string, object>
                {
                    [ElasticFields.Chunk] = new { type = "long" },
                    [ElasticMetadata.Values] = new { type = "keyword" },
                    [ElasticMetadata.Numbers] = new { type = "keyword" },
                    [ElasticFields.Vector] = new
                    {
                        type = "dense_vector",
                        dims = dimensions,
                        index = true,
                        similarity = "cosine",
                        index_options = new { type = "int8_hnsw", m = vectors.Links, ef_construction = vectors.BuildEf },
                    },
                },
            },
        };
        try
        {
            using var answer = await client.SendAsync(
                new ElasticRequest(HttpMethod.Put, index, client.WriteTimeout) { Body = ElasticRequest.Write(body), Repeated = true, Telling = true }, cancellationToken);
        }
        catch (ElasticException exception) when (exception.Fault == ElasticFault.IndexExists)
        {
            // Another process was faster, or the answer to an earlier attempt was lost.
        }
    }

    private async Task RefreshAsync(string index, CancellationToken cancellationToken)
    {
        using var answer = await client.SendAsync(
            new ElasticRequest(HttpMethod.Post, index + "/_refresh?ignore_unavailable=true", client.WriteTimeout) { Repeated = true, Telling = true }, cancellationToken);
    }

    private static byte[] Source(ChunkVector vector, IReadOnlyDictionary<string, IReadOnlyList<string>> metadata) => ElasticRequest.Write(new Dictionary<string, object>
    {
        [ElasticFields.Chunk] = vector.Chunk,
        [ElasticFields.Vector] = vector.Vector,
        [ElasticMetadata.Values] = ElasticMetadata.ValuesOf(metadata),
        [ElasticMetadata.Numbers] = ElasticMetadata.NumbersOf(metadata),
    });

    private static string IdOf(long chunk) => chunk.ToString(CultureInfo.InvariantCulture);

    private static long ChunkOf(JsonElement document) => long.Parse(document.GetProperty("_id").GetString()!, CultureInfo.InvariantCulture);

    /// <summary>An index that has too much to do has answered: it is not away.</summary>
    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (ElasticException exception)
        {
            var fault = exception.Fault switch
            {
                ElasticFault.Unavailable => VectorFault.Unavailable,
                ElasticFault.Timeout => VectorFault.Timeout,
                _ => VectorFault.Refused,
            };
            throw new VectorIndexException(fault, exception.Message, exception);
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new VectorIndexException(VectorFault.Refused, "Elasticsearch answered with JSON of another form than its description has.", exception);
        }
    }
}
