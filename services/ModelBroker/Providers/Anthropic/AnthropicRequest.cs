using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers.Native;

namespace Slipway.ModelBroker.Providers.Anthropic;

/// <summary>
/// Writes a request of the Messages API: the system prompt stands beside the messages, calls and results of tools are blocks of content, the output's limit is
/// required, the temperature ends at 1. It has no seed and no penalties.
/// </summary>
internal static class AnthropicRequest
{
    public static void Write(Utf8JsonWriter json, CompleteRequest request, CatalogModel model, bool stream)
    {
        if (request.Messages.Count == 0) throw Invalid("messages", "messages is empty.");
        if (request.HasMaxOutputTokens && request.MaxOutputTokens < 1) throw Invalid("max_tokens", "max_tokens must be 1 or more.");
        var format = JsonText.Parse(request.ResponseFormatJson, "response_format", JsonValueKind.Object);
        json.WriteString("model", model.ProviderModel);
        json.WriteNumber("max_tokens", request.HasMaxOutputTokens ? request.MaxOutputTokens : model.Entry.MaxOutputTokens);
        if (stream) json.WriteBoolean("stream", true);
        if (request.HasTemperature) json.WriteNumber("temperature", Math.Min(1, request.Temperature));
        if (request.HasTopP) json.WriteNumber("top_p", request.TopP);
        if (request.Stop.Count > 0)
        {
            json.WriteStartArray("stop_sequences");
            foreach (var stop in request.Stop) json.WriteStringValue(stop);
            json.WriteEndArray();
        }

        if (request.User.Length > 0)
        {
            json.WriteStartObject("metadata");
            json.WriteString("user_id", request.User);
            json.WriteEndObject();
        }

        WriteSystem(json, request, asksForJson: format?.Text("type") == "json_object");
        WriteMessages(json, request);
        WriteTools(json, request);
        if (format?.Field("json_schema")?.Field("schema") is not { } schema) return;
        json.WriteStartObject("output_config");
        json.WriteStartObject("format");
        json.WriteString("type", "json_schema");
        json.WritePropertyName("schema");
        schema.WriteTo(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSystem(Utf8JsonWriter json, CompleteRequest request, bool asksForJson)
    {
        var parts = request.Messages.Where(message => message.Role is "system" or "developer").Select(message => message.Content).Where(text => text.Length > 0).ToList();
        // The API has no mode for JSON without a schema.
        if (asksForJson) parts.Add("Answer with one JSON object and nothing else.");
        if (parts.Count > 0) json.WriteString("system", string.Join("\n\n", parts));
    }

    private static void WriteMessages(Utf8JsonWriter json, CompleteRequest request)
    {
        json.WriteStartArray("messages");
        var results = false;
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            if (message.Role is "system" or "developer") continue;
            // The results of the calls of one message belong into one message.
            if (results && message.Role != "tool") End();
            switch (message.Role)
            {
                case "user":
                    json.WriteStartObject();
                    json.WriteString("role", "user");
                    json.WriteString("content", message.Content);
                    json.WriteEndObject();
                    break;
                case "assistant":
                    WriteAssistant(json, message, $"messages[{i}].tool_calls");
                    break;
                case "tool" when message.ToolCallId.Length > 0:
                    if (!results) Begin();
                    json.WriteStartObject();
                    json.WriteString("type", "tool_result");
                    json.WriteString("tool_use_id", message.ToolCallId);
                    json.WriteString("content", message.Content);
                    json.WriteEndObject();
                    break;
                case "tool":
                    throw Invalid($"messages[{i}].tool_call_id", "A tool message names the call that it answers.");
                default:
                    throw Invalid($"messages[{i}].role", $"'{message.Role}' is not a role; known: system, developer, user, assistant, tool.");
            }
        }

        if (results) End();
        json.WriteEndArray();

        void Begin()
        {
            results = true;
            json.WriteStartObject();
            json.WriteString("role", "user");
            json.WriteStartArray("content");
        }

        void End()
        {
            results = false;
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static void WriteAssistant(Utf8JsonWriter json, ChatMessage message, string at)
    {
        json.WriteStartObject();
        json.WriteString("role", "assistant");
        if (JsonText.Parse(message.ToolCallsJson, at, JsonValueKind.Array) is not { } calls)
        {
            json.WriteString("content", message.Content);
            json.WriteEndObject();
            return;
        }

        json.WriteStartArray("content");
        if (message.Content.Length > 0)
        {
            json.WriteStartObject();
            json.WriteString("type", "text");
            json.WriteString("text", message.Content);
            json.WriteEndObject();
        }

        foreach (var call in calls.EnumerateArray())
        {
            var function = call.Field("function") ?? throw Invalid(at, "A tool call has id and function {name, arguments}.");
            json.WriteStartObject();
            json.WriteString("type", "tool_use");
            json.WriteString("id", call.Text("id"));
            json.WriteString("name", function.Text("name"));
            json.WritePropertyName("input");
            (JsonText.Parse(function.Text("arguments") is { Length: > 0 } arguments ? arguments : "{}", at, JsonValueKind.Object) ?? default).WriteTo(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter json, CompleteRequest request)
    {
        if (JsonText.Parse(request.ToolsJson, "tools", JsonValueKind.Array) is not { } tools) return;
        json.WriteStartArray("tools");
        foreach (var tool in tools.EnumerateArray())
        {
            var function = tool.Field("function") ?? throw Invalid("tools", "Only functions can be tools of this model.");
            json.WriteStartObject();
            json.WriteString("name", function.Text("name"));
            if (function.Text("description") is { Length: > 0 } description) json.WriteString("description", description);
            json.WritePropertyName("input_schema");
            if (function.Field("parameters") is { } parameters) parameters.WriteTo(json);
            else json.WriteRawValue("""{"type":"object"}""");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (JsonText.Parse(request.ToolChoiceJson, "tool_choice", JsonValueKind.String, JsonValueKind.Object) is not { } choice) return;
        json.WriteStartObject("tool_choice");
        if (choice.Field("function")?.Text("name") is { Length: > 0 } named)
        {
            json.WriteString("type", "tool");
            json.WriteString("name", named);
        }
        else
        {
            json.WriteString("type", choice.ValueKind != JsonValueKind.String ? "auto" : choice.GetString() switch
            {
                "required" => "any",
                "none" => "none",
                _ => "auto",
            });
        }

        json.WriteEndObject();
    }

    private static ModelException Invalid(string param, string message) => new(ServiceError.Invalid(param, message));
}
