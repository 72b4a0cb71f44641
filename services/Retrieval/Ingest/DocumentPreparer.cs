using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Slipway.Retrieval.Chunking;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Ingest;

/// <summary>Chunks and hashes documents.</summary>
internal sealed class DocumentPreparer(ChunkOptions options)
{
    private readonly Chunker _chunker = new(options);

    /// <summary>Prepares a document that is known to be valid. Without a title of its own, it gets that of its text, else <paramref name="fallbackTitle"/>.</summary>
    public PreparedDocument Prepare(
        string id, string title, string text, TextFormat format, IReadOnlyDictionary<string, IReadOnlyList<string>> metadata, DocumentOrigin origin, string fallbackTitle = "")
    {
        var chunked = format == TextFormat.Markdown ? _chunker.Markdown(text) : _chunker.Plain(text);
        if (title.Length == 0) title = chunked.Title;
        if (title.Length == 0) title = fallbackTitle;
        var metadataJson = MetadataJson.Write(metadata);
        return new PreparedDocument(id, title, text, format, metadata, metadataJson, origin, Hash(title, text, format, metadataJson), chunked.Chunks);
    }

    /// <summary>Everything that a change of would change what is stored, the way of chunking included.</summary>
    private byte[] Hash(string title, string text, TextFormat format, string metadataJson)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sizes = FormattableString.Invariant($"{ChunkOptions.Version}|{options.Whole}|{options.Part}|{options.WholeBlock}|{options.Small}|{format}|{title.Length}|{metadataJson.Length}|");
        foreach (var part in (ReadOnlySpan<string>)[sizes, title, metadataJson, text]) hash.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
        return hash.GetHashAndReset();
    }
}
