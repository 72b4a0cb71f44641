using System.Globalization;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>What a keyword index is made with, and a chunk as its document.</summary>
internal static class ElasticKeywordMapping
{
    /// <summary>An index of another version is built again.</summary>
    private const string Version = "1";

    private const string Analyzer = "slipway";

    /// <summary>What an index must have been made with to be used as it is.</summary>
    public static string Fingerprint(string databaseId, KeywordOptions keyword) =>
        string.Create(CultureInfo.InvariantCulture, $"{databaseId}/{ChunkAnalyzer.Version}/{Version}/{keyword.K1}/{keyword.B}");

    /// <summary>
    /// The body of <c>PUT INDEX</c>. The analysis is that of <see cref="ChunkAnalyzer"/>, filter for filter. <c>word_delimiter</c>, not <c>word_delimiter_graph</c>: of a graph, <c>match</c>
    /// makes phrases, so that <c>slo.json</c> would no longer find a passage about json alone.
    /// </summary>
    public static byte[] Create(string index, string fingerprint, KeywordOptions keyword, ElasticOptions elastic) => ElasticRequest.Write(new
    {
        aliases = new Dictionary<string, object> { [ElasticNames.AliasOf(index)] = new { } },
        settings = new
        {
            number_of_shards = elastic.Shards,
            number_of_replicas = elastic.Replicas,
            refresh_interval = "-1",
            similarity = new Dictionary<string, object> { ["default"] = new { type = "BM25", k1 = Round(keyword.K1), b = Round(keyword.B) } },
            analysis = new
            {
                filter = new Dictionary<string, object>
                {
                    ["slipway_possessive"] = new { type = "stemmer", language = "possessive_english" },
                    ["slipway_parts"] = new
                    {
                        type = "word_delimiter",
                        generate_word_parts = true,
                        generate_number_parts = true,
                        preserve_original = true,
                        split_on_case_change = false,
                        split_on_numerics = false,
                        stem_english_possessive = false,
                    },
                    ["slipway_stop"] = new { type = "stop", stopwords = "_english_" },
                },
                analyzer = new Dictionary<string, object>
                {
                    [Analyzer] = new { type = "custom", tokenizer = "standard", filter = new[] { "slipway_possessive", "slipway_parts", "lowercase", "slipway_stop", "porter_stem" } },
                },
            },
        },
        mappings = new
        {
            dynamic = "strict",
            _meta = new { slipway = new { fingerprint } },
            properties = new Dictionary<string, object>
            {
                [ElasticFields.Document] = new { type = "long" },
                [ElasticFields.Chunk] = new { type = "long" },
                [ElasticFields.Sequence] = new { type = "long", index = false },
                [ElasticFields.Body] = new { type = "text", analyzer = Analyzer },
                [ElasticFields.Title] = new { type = "text", analyzer = Analyzer },
                [ElasticFields.Heading] = new { type = "text", analyzer = Analyzer },
                [ElasticMetadata.Values] = new { type = "keyword" },
                [ElasticMetadata.Numbers] = new { type = "keyword" },
            },
        },
    });

    /// <summary>The document of a chunk.</summary>
    public static BulkItem From(IndexedDocument document, ChunkRow chunk)
    {
        var fields = new Dictionary<string, object>
        {
            [ElasticFields.Document] = document.Document,
            [ElasticFields.Chunk] = chunk.Chunk,
            [ElasticFields.Body] = $"{chunk.Title}\n{chunk.Heading}\n{chunk.Text}",
        };
        if (chunk.Title.Length > 0) fields[ElasticFields.Title] = chunk.Title;
        if (chunk.Heading.Length > 0) fields[ElasticFields.Heading] = chunk.Heading;
        if (document.Metadata.Count > 0)
        {
            fields[ElasticMetadata.Values] = ElasticMetadata.ValuesOf(document.Metadata);
            fields[ElasticMetadata.Numbers] = ElasticMetadata.NumbersOf(document.Metadata);
        }

        return new BulkItem(chunk.Chunk, ElasticRequest.Write(fields));
    }

    /// <summary>The body of a search: words, which <c>match</c> does not read for syntax.</summary>
    public static byte[] Search(string words, int count, MetadataFilter? filter, KeywordOptions keyword)
    {
        var should = new List<object> { Match(ElasticFields.Body, words, 1) };
        if (keyword.TitleBoost > 0) should.Add(Match(ElasticFields.Title, words, keyword.TitleBoost));
        if (keyword.HeadingBoost > 0) should.Add(Match(ElasticFields.Heading, words, keyword.HeadingBoost));
        return ElasticRequest.Write(new
        {
            query = new { @bool = new { should, minimum_should_match = 1, filter = filter is null ? [] : ElasticMetadata.ToQueries(filter) } },
            size = count,
            _source = false,
            track_total_hits = false,
            track_scores = true,
            sort = new object[] { new { _score = new { order = "desc" } }, new Dictionary<string, object> { [ElasticFields.Chunk] = new { order = "asc" } } },
        });
    }

    /// <summary>The body of a <c>_delete_by_query</c> of all chunks of some documents but those to keep.</summary>
    public static byte[] Others(IReadOnlyCollection<long> documents, IReadOnlyCollection<long> kept) => ElasticRequest.Write(new
    {
        query = new
        {
            @bool = new
            {
                filter = new object[] { new { terms = new Dictionary<string, object> { [ElasticFields.Document] = documents } } },
                must_not = kept.Count == 0 ? [] : new object[] { new { terms = new Dictionary<string, object> { [ElasticFields.Chunk] = kept } } },
            },
        },
    });

    private static object Match(string field, string words, float boost) => new { match = new Dictionary<string, object> { [field] = new { query = words, boost = Round(boost) } } };

    /// <summary>0.9f is 0.9, not 0.8999999761581421.</summary>
    private static double Round(float value) => Math.Round(value, 6);
}
