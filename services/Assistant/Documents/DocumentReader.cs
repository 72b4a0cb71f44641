using System.Text.Json;
using Slipway.Assistant.Http;
using Slipway.Contracts;

namespace Slipway.Assistant.Documents;

/// <summary>
/// Reads a document from a JSON line: <c>{id, title?, text, content_type?: "text" | "markdown", metadata?: {string: string}}</c>.
/// Limits of the values are retrieval's to check.
/// </summary>
internal static class DocumentReader
{
    public static UpsertDocumentRequest Read(JsonElement json)
    {
        var document = new UpsertDocumentRequest
        {
            Id = json.RequiredString("id", 1024),
            Title = json.OptionalString("title", 4096) ?? "",
            Text = json.RequiredString("text", int.MaxValue),
            ContentType = (json.OptionalString("content_type", 64) ?? "text") switch
            {
                "text" or "text/plain" => ContentType.Text,
                "markdown" or "text/markdown" => ContentType.Markdown,
                _ => throw JsonFields.Invalid("content_type", "'content_type' must be text or markdown."),
            },
        };
        if (!json.Has("metadata", out var metadata)) return document;
        if (metadata.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType("metadata", "an object of strings");
        foreach (var item in metadata.EnumerateObject())
        {
            var name = item.NameText("metadata");
            document.Metadata[name] = item.Value.Text("metadata." + name);
        }

        return document;
    }
}
