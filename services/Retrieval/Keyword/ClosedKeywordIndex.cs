using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Keyword;

/// <summary>Stands for an index that has not been opened yet: it has nothing and takes nothing.</summary>
internal sealed class ClosedKeywordIndex : IKeywordIndex
{
    /// <inheritdoc />
    public long Sequence => 0;

    /// <inheritdoc />
    public ValueTask ApplyAsync(IReadOnlyList<IndexedDocument> documents, IReadOnlyList<long> removed, long sequence, CancellationToken cancellationToken) => throw NotOpen();

    /// <inheritdoc />
    public ValueTask RefreshAsync(CancellationToken cancellationToken) => throw NotOpen();

    /// <inheritdoc />
    public ValueTask<long> CommitAsync(CancellationToken cancellationToken) => ValueTask.FromResult(0L);

    /// <inheritdoc />
    public ValueTask TidyAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc />
    public void Abandon()
    {
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ScoredChunk>> SearchAsync(string query, int count, MetadataFilter? filter, CancellationToken cancellationToken) => throw NotOpen();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static KeywordIndexException NotOpen() => new("The keyword index is not open yet.");
}
