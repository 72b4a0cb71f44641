using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Keyword;

/// <summary>A chunk that a search found.</summary>
/// <param name="Chunk">Its number.</param>
/// <param name="Score">Larger is better; the scale is the index's own.</param>
internal readonly record struct ScoredChunk(long Chunk, double Score);

/// <summary>A keyword index of one corpus. It may lose what was not committed; the documents store brings it up to date again.</summary>
internal interface IKeywordIndex : IAsyncDisposable
{
    /// <summary>The corpus sequence up to which every change is in the index.</summary>
    long Sequence { get; }

    /// <summary>Puts documents in, each replacing what it was before, and takes removed ones out. Visible to searches after <see cref="RefreshAsync"/>.</summary>
    ValueTask ApplyAsync(IReadOnlyList<IndexedDocument> documents, IReadOnlyList<long> removed, long sequence, CancellationToken cancellationToken);

    /// <summary>Makes what was applied visible to searches.</summary>
    ValueTask RefreshAsync(CancellationToken cancellationToken);

    /// <summary>Makes what was applied durable. Returns the sequence that is durable now.</summary>
    ValueTask<long> CommitAsync(CancellationToken cancellationToken);

    /// <summary>Puts the index in order for searching, where that is worth its cost. For quiet times.</summary>
    ValueTask TidyAsync(CancellationToken cancellationToken);

    /// <summary>Closes without committing: after a failure, when what was applied is not known.</summary>
    void Abandon();

    /// <summary>The best chunks for a text among those of the documents that pass the filter. The text is words, never query syntax.</summary>
    ValueTask<IReadOnlyList<ScoredChunk>> SearchAsync(string query, int count, MetadataFilter? filter, CancellationToken cancellationToken);
}

/// <summary>A keyword index failed.</summary>
internal sealed class KeywordIndexException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the index is gone, so that waiting does not help: it must be opened again and caught up.</summary>
    public bool IsLost { get; init; }

    /// <summary>Whether an exception says that the index, rather than its user, failed: this one, or what a failing disk brings about in Lucene.</summary>
    public static bool IsFailure(Exception exception) =>
        exception is KeywordIndexException or IOException or InvalidOperationException or ObjectDisposedException or UnauthorizedAccessException;
}
