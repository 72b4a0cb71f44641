using System.Text.Json;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Chat;

/// <summary>What the simulator reads of a chat completion request.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Prompt">Role and text of all messages, in order.</param>
/// <param name="Stream">Whether a stream is wanted.</param>
/// <param name="IncludeUsage">Whether the stream ends with a usage chunk.</param>
/// <param name="MaxTokens">The most tokens of the answer.</param>
/// <param name="Seed">The seed; it changes the answer.</param>
internal sealed record SimRequest(string Model, string Prompt, bool Stream, bool IncludeUsage, int MaxTokens, long Seed)
{
    private const int DefaultMaxTokens = 1024;

    public static SimRequest Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw Invalid(null, "The body is not a JSON object.");
        if (!json.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.String) throw Invalid("model", "'model' is missing or is not a string.");
        if (!json.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            throw Invalid("messages", "'messages' is missing, empty or not an array.");
        var prompt = string.Join('\n', messages.EnumerateArray().Select(TextOf));
        var includeUsage = json.TryGetProperty("stream_options", out var options) && options.ValueKind == JsonValueKind.Object
            && options.TryGetProperty("include_usage", out var usage) && usage.ValueKind == JsonValueKind.True;
        return new SimRequest(
            model.GetString()!, prompt, json.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True, includeUsage,
            Integer(json, "max_completion_tokens") ?? Integer(json, "max_tokens") ?? DefaultMaxTokens,
            json.TryGetProperty("seed", out var seed) && seed.TryGetInt64(out var number) ? number : 0);
    }

    private static string TextOf(JsonElement message)
    {
        var role = message.TryGetProperty("role", out var name) ? name.GetString() : "";
        if (!message.TryGetProperty("content", out var content)) return role + ":";
        if (content.ValueKind != JsonValueKind.Array) return $"{role}: {content}";
        return role + ": " + string.Concat(content.EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : ""));
    }

    private static int? Integer(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0 ? number : null;

    private static ApiException Invalid(string? param, string message) => new(ApiError.Invalid(param, message));
}
