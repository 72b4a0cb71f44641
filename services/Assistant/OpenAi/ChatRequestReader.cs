using System.Text;
using System.Text.Json;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Http;
using Slipway.Assistant.RequestPath;
using Slipway.Assistant.Search;
using Slipway.Contracts;

namespace Slipway.Assistant.OpenAi;

/// <summary>Reads OpenAI's chat completion request. Fields that Slipway does not know are passed on to the provider of a model that is called directly.</summary>
internal static class ChatRequestReader
{
    private const int MaxMessages = 2048;
    private const int MaxStops = 4;
    private const int MaxNameLength = 256;
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool"];

    public static ChatRequest Read(JsonElement json)
    {
        var model = json.RequiredString("model", MaxNameLength);
        if (json.OptionalInteger("n", 1, 128) is > 1) throw JsonFields.Unsupported("n", "'n' is more than 1; one choice is made for each request.");
        if (json.OptionalBool("logprobs") is true) throw JsonFields.Unsupported("logprobs", "'logprobs' is not supported.");
        var includeUsage = false;
        if (json.Has("stream_options", out var streamOptions))
        {
            if (streamOptions.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType("stream_options", "an object");
            includeUsage = streamOptions.OptionalBool("include_usage") ?? false;
        }

        return new ChatRequest
        {
            Model = model,
            Messages = ReadMessages(json),
            Stream = json.OptionalBool("stream") ?? false,
            IncludeUsage = includeUsage,
            Sampling = ReadSampling(json),
            Scope = model == ModelCatalog.Assistant ? SearchScope.Read(json) : SearchScope.Everything,
            ToolsJson = RawArray(json, "tools"),
            ToolChoiceJson = json.Has("tool_choice", out var choice) ? choice.GetRawText() : "",
            ExtraJson = model == ModelCatalog.Assistant ? "" : ExtraFields.Read(json),
        };
    }

    private static Sampling ReadSampling(JsonElement json) => new()
    {
        Temperature = json.OptionalNumber("temperature", 0, 2),
        TopP = json.OptionalNumber("top_p", 0, 1),
        FrequencyPenalty = json.OptionalNumber("frequency_penalty", -2, 2),
        PresencePenalty = json.OptionalNumber("presence_penalty", -2, 2),
        MaxOutputTokens = (int?)(json.OptionalInteger("max_completion_tokens", 1, int.MaxValue) ?? json.OptionalInteger("max_tokens", 1, int.MaxValue)),
        Seed = json.OptionalInteger("seed", long.MinValue, long.MaxValue),
        Stop = ReadStop(json),
        ResponseFormatJson = ReadResponseFormat(json),
        User = json.OptionalString("user", MaxNameLength) ?? "",
    };

    private static string ReadResponseFormat(JsonElement json)
    {
        if (!json.Has("response_format", out var format)) return "";
        if (format.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType("response_format", "an object");
        if (!format.Has("type", out var type)) throw JsonFields.Missing("response_format.type");
        var name = type.Text("response_format.type");
        return name switch
        {
            "text" => "",
            "json_object" or "json_schema" => format.GetRawText(),
            _ => throw JsonFields.Invalid("response_format.type", "'response_format.type' must be text, json_object or json_schema."),
        };
    }

    private static string[] ReadStop(JsonElement json)
    {
        if (!json.Has("stop", out var stop)) return [];
        if (stop.ValueKind == JsonValueKind.String) return [stop.Text("stop")];
        if (stop.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType("stop", "a string or an array of strings");
        if (stop.GetArrayLength() > MaxStops) throw JsonFields.Invalid("stop", $"'stop' has {stop.GetArrayLength()} entries; the limit is {MaxStops}.");
        return [.. stop.EnumerateArray().Select((item, index) => item.Text($"stop[{index}]"))];
    }

    private static string RawArray(JsonElement json, string name)
    {
        if (!json.Has(name, out var value)) return "";
        if (value.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType(name, "an array");
        return value.GetArrayLength() == 0 ? "" : value.GetRawText();
    }

    private static List<ChatMessage> ReadMessages(JsonElement json)
    {
        if (!json.Has("messages", out var list)) throw JsonFields.Missing("messages");
        if (list.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType("messages", "an array");
        var count = list.GetArrayLength();
        if (count is 0 or > MaxMessages) throw JsonFields.Invalid("messages", $"'messages' has {count} entries; it must have 1 to {MaxMessages}.");
        var messages = new List<ChatMessage>(count);
        foreach (var item in list.EnumerateArray()) messages.Add(ReadMessage(item, $"messages[{messages.Count}]"));
        return messages;
    }

    private static ChatMessage ReadMessage(JsonElement json, string at)
    {
        if (json.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType(at, "an object");
        if (!json.Has("role", out var roleField)) throw JsonFields.Missing(at + ".role");
        var role = roleField.Text(at + ".role");
        if (!Roles.Contains(role)) throw JsonFields.Invalid(at + ".role", $"'{at}.role' must be one of {string.Join(", ", Roles)}.");
        var message = new ChatMessage { Role = role };
        if (json.Has("name", out var name)) message.Name = name.Text(at + ".name");
        if (json.Has("tool_calls", out var calls))
        {
            if (calls.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType(at + ".tool_calls", "an array");
            message.ToolCallsJson = calls.GetRawText();
        }

        if (json.Has("tool_call_id", out var callId)) message.ToolCallId = callId.Text(at + ".tool_call_id");
        if (json.Has("content", out var content)) message.Content = ReadContent(content, at + ".content");
        else if (role != "assistant" || message.ToolCallsJson.Length == 0) throw JsonFields.Missing(at + ".content");
        return message;
    }

    /// <summary>A string, or an array of parts, of which the text ones are joined.</summary>
    internal static string ReadContent(JsonElement content, string at)
    {
        if (content.ValueKind == JsonValueKind.String) return content.Text(at);
        if (content.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType(at, "a string or an array of content parts");
        var text = new StringBuilder();
        var index = 0;
        foreach (var part in content.EnumerateArray())
        {
            var here = $"{at}[{index++}]";
            if (part.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType(here, "an object");
            if (!part.Has("type", out var type)) throw JsonFields.Missing(here + ".type");
            var kind = type.Text(here + ".type");
            if (kind != "text") throw JsonFields.Unsupported(here + ".type", $"'{here}.type' is '{kind}'; only text parts are supported.");
            if (!part.Has("text", out var value)) throw JsonFields.Missing(here + ".text");
            text.Append(value.Text(here + ".text"));
        }

        return text.ToString();
    }
}
