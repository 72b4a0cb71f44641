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

    /// <summary>The document of a chunk.</summary>
    public static Document From(IndexedDocument document, ChunkRow chunk)
    {
        var result = new Document
        {
            new StringField(KeywordFields.Document, document.Document.ToString(CultureInfo.InvariantCulture), Field.Store.NO),
            new NumericDocValuesField(KeywordFields.Chunk, chunk.Chunk),
            new TextField(KeywordFields.Body, $"{chunk.Title}\n{chunk.Heading}\n{chunk.Text}", Field.Store.NO),
        };
        if (chunk.Title.Length > 0) result.Add(new TextField(KeywordFields.Title, chunk.Title, Field.Store.NO));
        if (chunk.Heading.Length > 0) result.Add(new TextField(KeywordFields.Heading, chunk.Heading, Field.Store.NO));
        foreach (var (name, values) in document.Metadata)
        {
            foreach (var value in values)
            {
                result.Add(new StringField(KeywordFields.Metadata(name), LuceneFilter.Term(value), Field.Store.NO));
                if (MetadataNumber.Of(value) is { } number) result.Add(new DoubleField(KeywordFields.MetadataNumber(name), number, Field.Store.NO));
            }
        }

        return result;
    }
}
