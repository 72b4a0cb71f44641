using System.Text;
using System.Text.Json;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Answers;

/// <summary>What the simulator reads of a chat completion request.</summary>
internal sealed record ChatRequest(
    string Model, IReadOnlyList<(string Role, string Text)> Messages, bool Stream, bool IncludeUsage, long? Seed, int? MaxTokens, IReadOnlyList<string> Stop, bool WantsJson, string? Tool)
{
    /// <exception cref="ApiException">The request is not what OpenAI's API describes.</exception>
    public static ChatRequest Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw Invalid(null, "The body is not a JSON object.");
        var model = json.TryGetProperty("model", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : throw Invalid("model", "you must provide a model parameter");
        if (!json.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0) throw Invalid("messages", "'messages' must be a list that is not empty.");
        var stream = json.TryGetProperty("stream", out var streams) && streams.ValueKind == JsonValueKind.True;
        var usage = json.TryGetProperty("stream_options", out var options) && options.ValueKind == JsonValueKind.Object && options.TryGetProperty("include_usage", out var include) && include.ValueKind == JsonValueKind.True;
        long? seed = json.TryGetProperty("seed", out var seeded) && seeded.TryGetInt64Safe(out var value) ? value : null;
        var wantsJson = json.TryGetProperty("response_format", out var format) && format.ValueKind == JsonValueKind.Object
            && format.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() is "json_object" or "json_schema";
        return new ChatRequest(model, [.. messages.EnumerateArray().Select(Message)], stream, usage, seed, Limit(json), Stops(json), wantsJson, ForcedTool(json));
    }

    private static (string Role, string Text) Message(JsonElement message, int index)
    {
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
            throw Invalid($"messages[{index}].role", "A message has a role.");
        if (!message.TryGetProperty("content", out var content)) return (role.GetString()!, "");
        return (role.GetString()!, content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => Parts(content),
            _ => "",
        });
    }

    private static string Parts(JsonElement parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts.EnumerateArray())
            if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var value) && value.ValueKind == JsonValueKind.String) text.Append(value.GetString());
        return text.ToString();
    }

    private static int? Limit(JsonElement json)
    {
        foreach (var field in (string[])["max_completion_tokens", "max_tokens"])
        {
            if (!json.TryGetProperty(field, out var limit) || limit.ValueKind == JsonValueKind.Null) continue;
            return limit.TryGetInt64Safe(out var value) && value is >= 1 and <= int.MaxValue ? (int)value : throw Invalid(field, $"'{field}' must be a positive integer.");
        }

        return null;
    }

    private static List<string> Stops(JsonElement json)
    {
        if (!json.TryGetProperty("stop", out var stop)) return [];
        return stop.ValueKind switch
        {
            JsonValueKind.String => [stop.GetString()!],
            JsonValueKind.Array => [.. stop.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
            _ => [],
        };
    }

    /// <summary>The function that the answer must call: the one that tool_choice names, or, when it is "required", the first.</summary>
    private static string? ForcedTool(JsonElement json)
    {
        if (!json.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array || tools.GetArrayLength() == 0 || !json.TryGetProperty("tool_choice", out var choice)) return null;
        if (choice.ValueKind == JsonValueKind.Object) return choice.GetProperty("function").GetProperty("name").GetString();
        return choice.ValueKind == JsonValueKind.String && choice.GetString() == "required" ? tools[0].GetProperty("function").GetProperty("name").GetString() : null;
    }

    private static ApiException Invalid(string? param, string message) => new(ApiError.Invalid(param, message, "invalid_request_error"));
}

internal static class JsonNumbers
{
    /// <summary>False for what is no number, instead of an exception.</summary>
    public static bool TryGetInt64Safe(this JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value);
    }
}
