using System.Globalization;
using Lucene.Net.Documents;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Keyword;

/// <summary>A chunk as a Lucene document.</summary>
internal static class LuceneChunk
{
    /// <summary>An index whose documents have other fields is built again.</summary>
    public const string Version = "2";

    /// <summary>The Lucene documents of a document's chunks, to be indexed one after the other: they share the fields of its metadata, which may be a thousand.</summary>
    public static IEnumerable<Document> From(IndexedDocument document)
    {
        var metadata = Metadata(document.Metadata).ToList();
        return document.Chunks.Select(chunk => From(document, chunk, metadata));
    }

    private static Document From(IndexedDocument document, ChunkRow chunk, List<Field> metadata)
    {
        var result = new Document
        {
            new StringField(KeywordFields.Document, document.Document.ToString(CultureInfo.InvariantCulture), Field.Store.NO),
            new NumericDocValuesField(KeywordFields.Chunk, chunk.Chunk),
            new TextField(KeywordFields.Body, $"{chunk.Title}\n{chunk.Heading}\n{chunk.Text}", Field.Store.NO),
        };
        if (chunk.Title.Length > 0) result.Add(new TextField(KeywordFields.Title, chunk.Title, Field.Store.NO));
        if (chunk.Heading.Length > 0) result.Add(new TextField(KeywordFields.Heading, chunk.Heading, Field.Store.NO));
        foreach (var field in metadata) result.Add(field);
        return result;
    }

    private static IEnumerable<Field> Metadata(IReadOnlyDictionary<string, IReadOnlyList<string>> metadata)
    {
        foreach (var (name, values) in metadata)
        {
            foreach (var value in values.Distinct(StringComparer.Ordinal))
            {
                yield return new StringField(KeywordFields.Metadata(name), LuceneFilter.Term(value), Field.Store.NO);
                if (MetadataNumber.Of(value) is { } number) yield return new DoubleField(KeywordFields.MetadataNumber(name), number, Field.Store.NO);
            }
        }
    }
}
