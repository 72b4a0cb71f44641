using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Keyword;

/// <summary>A chunk that a search found.</summary>
/// <param name="Chunk">Its number.</param>
/// <param name="Score">Larger is better; the scale is the index's own.</param>
internal readonly record struct ScoredChunk(long Chunk, double Score);

/// <summary>A keyword index of one corpus. It may lose what was not committed; the documents store brings it up to date again.</summary>
internal interface IKeywordIndex : IDisposable
{
    /// <summary>The corpus sequence up to which every change is in the index.</summary>
    long Sequence { get; }

    /// <summary>Puts documents in, each replacing what it was before, and takes removed ones out. Visible to searches after <see cref="Refresh"/>.</summary>
    void Apply(IReadOnlyList<IndexedDocument> documents, IReadOnlyList<long> removed, long sequence);

    /// <summary>Makes what was applied visible to searches.</summary>
    void Refresh();

    /// <summary>Makes what was applied durable. Returns the sequence that is durable now.</summary>
    long Commit();

    /// <summary>Puts the index in order for searching, where that is worth its cost. For quiet times.</summary>
    void Tidy();

    /// <summary>Closes without committing: after a failure, when what was applied is not known.</summary>
    void Abandon();

    /// <summary>The best chunks for a text. The text is words, never query syntax.</summary>
    IReadOnlyList<ScoredChunk> Search(string query, int count);
}
