namespace Slipway.Retrieval.Elasticsearch;

/// <summary>The fields of a chunk in Elasticsearch, beside those of <see cref="ElasticMetadata"/>.</summary>
internal static class ElasticFields
{
    public const string Document = "doc";
    public const string Chunk = "chunk";
    public const string Body = "body";
    public const string Title = "title";
    public const string Heading = "heading";
    public const string Vector = "vector";
    public const string Sequence = "sequence";
}
