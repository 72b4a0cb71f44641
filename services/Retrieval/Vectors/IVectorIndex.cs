using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Vectors;

/// <summary>
/// A vector index: named sets of chunk vectors of unit length. It is a process of its own, which can be away, hang, or come back without its data; every call may
/// fail with a <see cref="VectorIndexException"/>.
/// </summary>
internal interface IVectorIndex
{
    /// <summary>Whether it answers.</summary>
    Task PingAsync(CancellationToken cancellationToken);

    /// <summary>Adds vectors to a set, which the first one makes. Adding again changes nothing.</summary>
    Task AddAsync(string set, IReadOnlyList<ChunkVector> vectors, CancellationToken cancellationToken);

    /// <summary>Takes chunks out of a set. Chunks that it lacks do no harm.</summary>
    Task RemoveAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken);

    /// <summary>Which of the chunks a set lacks.</summary>
    Task<IReadOnlyList<long>> FindMissingAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken);

    /// <summary>How many chunks a set holds; 0 when there is no such set.</summary>
    Task<long> CountAsync(string set, CancellationToken cancellationToken);

    /// <summary>Removes a set.</summary>
    Task DropAsync(string set, CancellationToken cancellationToken);

    /// <summary>The names of the sets that begin with <paramref name="prefix"/>.</summary>
    Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>The nearest chunks of a set, best first, with their cosine similarity. Nothing when there is no such set.</summary>
    Task<IReadOnlyList<ScoredChunk>> SearchAsync(string set, ReadOnlyMemory<float> query, int count, CancellationToken cancellationToken);
}

/// <summary>
/// A vector index that looks only among documents that pass a filter. Where the configured index is none of these, the search compares with all that pass, or takes more and leaves out what
/// does not (Search/FilteredNeighbours.cs).
/// </summary>
internal interface IFilteredVectorIndex : IVectorIndex
{
    /// <summary>The nearest chunks of a set among those of the documents that pass the filter.</summary>
    Task<IReadOnlyList<ScoredChunk>> SearchAsync(string set, ReadOnlyMemory<float> query, int count, MetadataFilter filter, CancellationToken cancellationToken);
}

/// <summary>Why a call of the vector index failed.</summary>
internal enum VectorFault
{
    /// <summary>There is no connection.</summary>
    Unavailable,

    /// <summary>It did not answer in time.</summary>
    Timeout,

    /// <summary>It answered with an error.</summary>
    Refused,
}

/// <summary>A call of the vector index failed.</summary>
internal sealed class VectorIndexException(VectorFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public VectorFault Fault { get; } = fault;
}
