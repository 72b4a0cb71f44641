using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers.Native;

namespace Slipway.ModelBroker.Providers.Ollama;

/// <summary>
/// Writes a request of Ollama's chat API. It is told the catalog's window and not to truncate: else Ollama answers from the end of a prompt that is longer than its own
/// default window, and says nothing about it.
/// </summary>
internal static class OllamaRequest
{
    public static void Write(Utf8JsonWriter json, CompleteRequest request, CatalogModel model, bool stream)
    {
        if (request.Messages.Count == 0) throw Invalid("messages", "messages is empty.");
        if (request.HasMaxOutputTokens && request.MaxOutputTokens < 1) throw Invalid("max_tokens", "max_tokens must be 1 or more.");
        json.WriteString("model", model.ProviderModel);
        json.WriteBoolean("stream", stream);
        json.WriteBoolean("truncate", false);
        WriteMessages(json, request);
        WriteFormat(json, request);
        WriteTools(json, request);
        json.WriteStartObject("options");
        json.WriteNumber("num_ctx", model.Entry.ContextWindow);
        if (request.HasMaxOutputTokens) json.WriteNumber("num_predict", request.MaxOutputTokens);
        if (request.HasTemperature) json.WriteNumber("temperature", request.Temperature);
        if (request.HasTopP) json.WriteNumber("top_p", request.TopP);
        if (request.HasFrequencyPenalty) json.WriteNumber("frequency_penalty", request.FrequencyPenalty);
        if (request.HasPresencePenalty) json.WriteNumber("presence_penalty", request.PresencePenalty);
        if (request.HasSeed) json.WriteNumber("seed", request.Seed);
        if (request.Stop.Count > 0)
        {
            json.WriteStartArray("stop");
            foreach (var stop in request.Stop) json.WriteStringValue(stop);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteMessages(Utf8JsonWriter json, CompleteRequest request)
    {
        // A result of a tool names the tool; OpenAI's names the call.
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        json.WriteStartArray("messages");
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            if (message.Role is not ("system" or "developer" or "user" or "assistant" or "tool"))
                throw Invalid($"messages[{i}].role", $"'{message.Role}' is not a role; known: system, developer, user, assistant, tool.");
            json.WriteStartObject();
            json.WriteString("role", message.Role == "developer" ? "system" : message.Role);
            json.WriteString("content", message.Content);
            if (message.Role == "tool")
            {
                json.WriteString("tool_call_id", message.ToolCallId);
                if (names.TryGetValue(message.ToolCallId, out var name)) json.WriteString("tool_name", name);
            }

            if (JsonText.Parse(message.ToolCallsJson, $"messages[{i}].tool_calls", JsonValueKind.Array) is { } calls) WriteCalls(json, calls, names, $"messages[{i}].tool_calls");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCalls(Utf8JsonWriter json, JsonElement calls, Dictionary<string, string> names, string at)
    {
        json.WriteStartArray("tool_calls");
        foreach (var call in calls.EnumerateArray())
        {
            var function = call.Field("function") ?? throw Invalid(at, "A tool call has id and function {name, arguments}.");
            names[call.Text("id")] = function.Text("name");
            json.WriteStartObject();
            json.WriteString("id", call.Text("id"));
            json.WriteStartObject("function");
            json.WriteString("name", function.Text("name"));
            json.WritePropertyName("arguments");
            (JsonText.Parse(function.Text("arguments") is { Length: > 0 } arguments ? arguments : "{}", at, JsonValueKind.Object) ?? default).WriteTo(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFormat(Utf8JsonWriter json, CompleteRequest request)
    {
        if (JsonText.Parse(request.ResponseFormatJson, "response_format", JsonValueKind.Object) is not { } format) return;
        if (format.Field("json_schema")?.Field("schema") is { } schema)
        {
            json.WritePropertyName("format");
            schema.WriteTo(json);
        }
        else if (format.Text("type") == "json_object")
        {
            json.WriteString("format", "json");
        }
    }

    /// <summary>Ollama has no choice of tools: none is offered when none may be called, and only the named one when it must be.</summary>
    private static void WriteTools(Utf8JsonWriter json, CompleteRequest request)
    {
        if (JsonText.Parse(request.ToolsJson, "tools", JsonValueKind.Array) is not { } tools) return;
        var choice = JsonText.Parse(request.ToolChoiceJson, "tool_choice", JsonValueKind.String, JsonValueKind.Object);
        if (choice is { ValueKind: JsonValueKind.String } mode && mode.GetString() == "none") return;
        var named = choice?.Field("function")?.Text("name");
        json.WriteStartArray("tools");
        foreach (var tool in tools.EnumerateArray().Where(tool => named is null || tool.Field("function")?.Text("name") == named)) tool.WriteTo(json);
        json.WriteEndArray();
    }

    private static ModelException Invalid(string param, string message) => new(ServiceError.Invalid(param, message));
}
