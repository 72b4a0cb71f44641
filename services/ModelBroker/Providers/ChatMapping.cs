using System.Text.Json;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI.Chat;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using ChatMessageContent = Microsoft.SemanticKernel.ChatMessageContent;

namespace Slipway.ModelBroker.Providers;

/// <summary>Translates a request into Semantic Kernel's chat history and settings.</summary>
internal static class ChatMapping
{
    /// <summary>Under this key Semantic Kernel's OpenAI connector looks for the tool calls of an earlier assistant message.</summary>
    private const string FunctionToolCalls = "ChatResponseMessage.FunctionToolCalls";

    /// <exception cref="ModelException">A message has a role that no provider knows, or tool calls that are not JSON.</exception>
    public static ChatHistory History(CompleteRequest request)
    {
        if (request.Messages.Count == 0) throw Invalid("messages", "messages is empty.");
        var history = new ChatHistory();
        for (var i = 0; i < request.Messages.Count; i++) history.Add(Message(request.Messages[i], $"messages[{i}]"));
        return history;
    }

    /// <summary>
    /// The settings. Tools, tool choice and response format go to the provider as the caller wrote them: a model of them in between would lose what it does not know.
    /// </summary>
    public static OpenAIPromptExecutionSettings Settings(CompleteRequest request, CatalogModel model)
    {
        var settings = new OpenAIPromptExecutionSettings
        {
            Temperature = request.HasTemperature ? request.Temperature : null,
            TopP = request.HasTopP ? request.TopP : null,
            FrequencyPenalty = request.HasFrequencyPenalty ? request.FrequencyPenalty : null,
            PresencePenalty = request.HasPresencePenalty ? request.PresencePenalty : null,
            Seed = request.HasSeed ? request.Seed : null,
            User = request.User.Length > 0 ? request.User : null,
            StopSequences = request.Stop.Count > 0 ? [.. request.Stop] : null,
        };
        var extra = new Dictionary<string, object?>();
        if (request.HasMaxOutputTokens)
        {
            if (request.MaxOutputTokens < 1) throw Invalid("max_tokens", "max_tokens must be 1 or more.");
            if (model.Provider.MaxTokensField == "max_tokens") extra["max_tokens"] = request.MaxOutputTokens;
            else settings.MaxTokens = request.MaxOutputTokens;
        }

        foreach (var (name, value) in PassedOn.Fields(request)) extra[name] = value;
        Add("tools", request.ToolsJson, JsonValueKind.Array);
        Add("tool_choice", request.ToolChoiceJson, JsonValueKind.String, JsonValueKind.Object);
        Add("response_format", request.ResponseFormatJson, JsonValueKind.Object);
        if (extra.Count > 0) settings.ExtraBody = extra;
        return settings;

        void Add(string field, string json, params ReadOnlySpan<JsonValueKind> kinds)
        {
            if (json.Length > 0) extra[field] = Parse(json, field, kinds);
        }
    }

    private static ChatMessageContent Message(Slipway.Contracts.ChatMessage message, string at)
    {
        var name = message.Name.Length > 0 ? message.Name : null;
        switch (message.Role)
        {
            case "system":
                return new ChatMessageContent(AuthorRole.System, message.Content) { AuthorName = name };
            case "developer":
                return new ChatMessageContent(AuthorRole.Developer, message.Content) { AuthorName = name };
            case "user":
                return new ChatMessageContent(AuthorRole.User, message.Content) { AuthorName = name };
            case "assistant" when message.ToolCallsJson.Length == 0:
                return new ChatMessageContent(AuthorRole.Assistant, message.Content) { AuthorName = name };
            case "assistant":
                var calls = ToolCalls(message.ToolCallsJson, at + ".tool_calls");
                return new ChatMessageContent(AuthorRole.Assistant, message.Content, metadata: new Dictionary<string, object?> { [FunctionToolCalls] = calls }) { AuthorName = name };
            case "tool" when message.ToolCallId.Length > 0:
                return new ChatMessageContent(AuthorRole.Tool, message.Content, metadata: new Dictionary<string, object?> { [OpenAIChatMessageContent.ToolIdProperty] = message.ToolCallId });
            case "tool":
                throw Invalid(at + ".tool_call_id", "A tool message names the call that it answers.");
            default:
                throw Invalid(at + ".role", $"'{message.Role}' is not a role; known: system, developer, user, assistant, tool.");
        }
    }

    private static List<ChatToolCall> ToolCalls(string json, string at)
    {
        var calls = new List<ChatToolCall>();
        foreach (var call in Parse(json, at, JsonValueKind.Array).EnumerateArray())
        {
            if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("function", out var function) || function.ValueKind != JsonValueKind.Object
                || Text(call, "id") is not { } id || Text(function, "name") is not { } name || Text(function, "arguments") is not { } arguments)
            {
                throw Invalid(at, "A tool call has id and function {name, arguments}.");
            }

            calls.Add(ChatToolCall.CreateFunctionToolCall(id, name, BinaryData.FromString(arguments)));
        }

        return calls;

        static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static JsonElement Parse(string json, string field, params ReadOnlySpan<JsonValueKind> kinds)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (kinds.Contains(document.RootElement.ValueKind)) return document.RootElement.Clone();
        }
        catch (JsonException)
        {
        }

        throw Invalid(field, $"{field} is not what OpenAI's API describes.");
    }

    private static ModelException Invalid(string param, string message) => new(ServiceError.Invalid(param, message));
}
