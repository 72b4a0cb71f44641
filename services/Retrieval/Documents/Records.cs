using Slipway.Retrieval.Chunking;
using Slipway.Retrieval.Corpora;

namespace Slipway.Retrieval.Documents;

/// <summary>Who stored a document. Seeding deletes only what it stored.</summary>
internal enum DocumentOrigin
{
    /// <summary>A caller of UpsertDocuments.</summary>
    Api = 0,

    /// <summary>The folder that is indexed at start.</summary>
    Seed = 1,
}

/// <summary>What a document's text is.</summary>
internal enum TextFormat
{
    Plain = 1,
    Markdown = 2,
}

/// <summary>A document to store, chunked and hashed.</summary>
internal sealed record PreparedDocument(
    string Id, string Title, string Text, TextFormat Format, IReadOnlyDictionary<string, IReadOnlyList<string>> Metadata, string MetadataJson, DocumentOrigin Origin, byte[] Hash,
    IReadOnlyList<Chunk> Chunks);

/// <summary>A corpus as the store holds it.</summary>
internal sealed record CorpusRow(long Number, CorpusKey Key, long Sequence, long Documents, long Chunks, long Generation);

/// <summary>Vectors that one embedder made of a corpus: a fit, or the use of a ready model.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Corpus">The corpus.</param>
/// <param name="Version">The embeddings version.</param>
/// <param name="FittedChunks">How many chunks the embedder was fitted on; 0 for one that is not fitted.</param>
/// <param name="UpTo">The last chunk that was embedded.</param>
/// <param name="Identity">What tells the embedder from others in the configuration: all fits of LSA have one.</param>
/// <param name="Spec">How the embedder is had again, as JSON.</param>
internal sealed record GenerationRow(long Number, long Corpus, string Version, long FittedChunks, long UpTo, string Identity, string Spec);

/// <summary>A chunk as the indexes want it.</summary>
internal sealed record ChunkRow(long Chunk, string Title, string Heading, string Text);

/// <summary>A document's chunks as the keyword index wants them.</summary>
internal sealed record IndexedDocument(long Document, long Sequence, IReadOnlyList<ChunkRow> Chunks, IReadOnlyDictionary<string, IReadOnlyList<string>> Metadata);

/// <summary>A chunk as a search returns it.</summary>
internal sealed record PassageRow(long Chunk, string DocumentId, int Ordinal, string Title, string Heading, string Text, int Start, int End, IReadOnlyDictionary<string, IReadOnlyList<string>> Metadata);

/// <summary>What became of a change.</summary>
internal sealed record ChangeOutcome(long Corpus, long Sequence, ChangeKind Kind, int Chunks, long Document, IndexedDocument? Indexed);

/// <summary>Kinds of <see cref="ChangeOutcome"/>.</summary>
internal enum ChangeKind
{
    Stored,
    Unchanged,
    Deleted,
    NotFound,
}

/// <summary>A change to make: a document to store, or an id to delete.</summary>
internal sealed record Change(CorpusKey Corpus, string Id, PreparedDocument? Document);
