namespace Slipway.Retrieval.Keyword;

/// <summary>The fields of a chunk in the keyword index.</summary>
internal static class KeywordFields
{
    public const string Document = "doc";
    public const string Chunk = "chunk";
    public const string Body = "body";
    public const string Title = "title";
    public const string Heading = "heading";
}
