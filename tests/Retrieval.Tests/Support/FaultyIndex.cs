using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>An exact index whose searches can be made wrong, as those of a corrupted one are, until it is dropped.</summary>
internal sealed class FaultyIndex : IVectorIndex
{
    private readonly ExactVectorIndex _inner = new();

    /// <summary>Searches find chunks that are no neighbours.</summary>
    public volatile bool Wrong;

    /// <summary>Also after a rebuild.</summary>
    public volatile bool Incurable;

    /// <summary>What a drop waits for.</summary>
    public TaskCompletionSource Drops { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task PingAsync(CancellationToken cancellationToken) => _inner.PingAsync(cancellationToken);

    public Task AddAsync(string set, IReadOnlyList<ChunkVector> vectors, CancellationToken cancellationToken) => _inner.AddAsync(set, vectors, cancellationToken);

    public Task RemoveAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken) => _inner.RemoveAsync(set, chunks, cancellationToken);

    public Task<IReadOnlyList<long>> FindMissingAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken) => _inner.FindMissingAsync(set, chunks, cancellationToken);

    public Task<long> CountAsync(string set, CancellationToken cancellationToken) => _inner.CountAsync(set, cancellationToken);

    public async Task DropAsync(string set, CancellationToken cancellationToken)
    {
        if (Wrong) await Drops.Task.WaitAsync(cancellationToken);
        if (!Incurable) Wrong = false;
        await _inner.DropAsync(set, cancellationToken);
    }

    public Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken) => _inner.ListAsync(prefix, cancellationToken);

    public async Task<IReadOnlyList<ScoredChunk>> SearchAsync(string set, ReadOnlyMemory<float> query, int count, CancellationToken cancellationToken)
    {
        var found = await _inner.SearchAsync(set, query, count, cancellationToken);
        return Wrong ? [.. found.Select(hit => hit with { Chunk = hit.Chunk + 1_000_000 })] : found;
    }
}
