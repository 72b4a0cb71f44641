using System.Text.Json;

namespace Slipway.Evaluation;

/// <summary>One JSON object a line, each with an <c>_id</c> of its own; properties that the format does not name (<c>metadata</c>) are ignored.</summary>
internal abstract class BeirJsonParser<T> : LineParser<T>
    where T : class
{
    private readonly Dictionary<string, long> _ids = new(StringComparer.Ordinal);

    protected abstract T Make(string id, JsonElement root);

    protected sealed override T? Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return Make(Id(document.RootElement), document.RootElement);
            Problem("line", "is not a JSON object");
        }
        catch (JsonException exception)
        {
            // Not the exception's words: they may quote the text.
            Problem("line", FormattableString.Invariant($"is not JSON, or names a property twice (byte {exception.BytePositionInLine ?? 0})"));
        }

        return null;
    }

    protected string Text(JsonElement root, string field, bool required)
    {
        if (!root.TryGetProperty(field, out var value))
        {
            if (required) Problem(field, "is missing");
            return "";
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Problem(field, "is not a string");
            return "";
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            Problem(field, "is not valid Unicode: it has half of a surrogate pair");
            return "";
        }
    }

    private string Id(JsonElement root)
    {
        var before = root.TryGetProperty("_id", out var value) && value.ValueKind == JsonValueKind.String;
        var id = Text(root, "_id", required: true);
        if (!before) return id;
        if (IdRules.Problem(id) is { } problem) Problem("_id", problem);
        else if (!_ids.TryAdd(id, Number)) Problem("_id", FormattableString.Invariant($"'{Quoted.Short(id)}' comes twice: line {_ids[id]} has it already"));
        return id;
    }
}

internal sealed class BeirQueryParser : BeirJsonParser<EvaluationQuery>
{
    protected override EvaluationQuery Make(string id, JsonElement root) => new(id, Text(root, "text", required: true));
}

internal sealed class BeirDocumentParser : BeirJsonParser<EvaluationDocument>
{
    protected override EvaluationDocument Make(string id, JsonElement root) =>
        new(id, Text(root, "title", required: false), Text(root, "text", required: true));
}
