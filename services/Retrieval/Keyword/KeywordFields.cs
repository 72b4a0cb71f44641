namespace Slipway.Retrieval.Keyword;

/// <summary>The fields of a chunk in the keyword index.</summary>
internal static class KeywordFields
{
    public const string Document = "doc";
    public const string Chunk = "chunk";
    public const string Body = "body";
    public const string Title = "title";
    public const string Heading = "heading";

    /// <summary>The values of a field of the document's metadata, as they are.</summary>
    public static string Metadata(string name) => "m:" + name;

    /// <summary>Those of them that are numbers or dates.</summary>
    public static string MetadataNumber(string name) => "n:" + name;
}
