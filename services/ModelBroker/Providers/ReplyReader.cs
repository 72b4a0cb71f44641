using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.SemanticKernel;
using OpenAI.Chat;
using Slipway.Contracts;
using ChatMessageContent = Microsoft.SemanticKernel.ChatMessageContent;

namespace Slipway.ModelBroker.Providers;

/// <summary>Gathers what a provider says about an answer: id, model, fingerprint, finish reason, usage, tool calls.</summary>
internal sealed class ReplyReader
{
    private readonly StringBuilder _text = new();

    /// <summary>Metadata of services other than OpenAI's: the finish reason, in OpenAI's words.</summary>
    public const string FinishReasonKey = "FinishReason";

    public string Id { get; private set; } = "";

    public string Model { get; private set; } = "";

    public string Fingerprint { get; private set; } = "";

    /// <summary>Null until the provider has said it.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>Null when the provider does not say.</summary>
    public Usage? Usage { get; private set; }

    public string ToolCallsJson { get; private set; } = "";

    public string Text => _text.ToString();

    /// <summary>Reads a whole answer.</summary>
    public void Read(ChatMessageContent content)
    {
        _text.Append(content.Content);
        if (content.InnerContent is not ChatCompletion completion)
        {
            FinishReason = content.Metadata?.GetValueOrDefault(FinishReasonKey) as string;
            return;
        }

        if (_text.Length == 0) _text.Append(completion.Refusal);
        Id = completion.Id ?? "";
        Model = completion.Model ?? "";
        Fingerprint = completion.SystemFingerprint ?? "";
        FinishReason = Name(completion.FinishReason);
        Usage = Read(completion.Usage);
        if (completion.ToolCalls.Count > 0) ToolCallsJson = Write(completion.ToolCalls);
    }

    /// <summary>Reads a piece of a streamed answer.</summary>
    /// <returns>The events that the piece makes: text, tool calls, or none.</returns>
    public IEnumerable<CompleteEvent> Read(StreamingChatMessageContent piece)
    {
        if (piece.InnerContent is StreamingChatCompletionUpdate update)
        {
            if (update.CompletionId is { Length: > 0 } id) Id = id;
            if (update.Model is { Length: > 0 } model) Model = model;
            if (update.SystemFingerprint is { Length: > 0 } fingerprint) Fingerprint = fingerprint;
            if (update.FinishReason is { } reason) FinishReason = Name(reason);
            if (update.Usage is { } usage) Usage = Read(usage);
            if (update.ToolCallUpdates.Count > 0) yield return new CompleteEvent { ToolCallsDeltaJson = Write(update.ToolCallUpdates) };
            if (update.RefusalUpdate is { Length: > 0 } refusal && string.IsNullOrEmpty(piece.Content)) yield return Event(refusal);
        }
        else if (piece.Metadata?.GetValueOrDefault(FinishReasonKey) is string reason)
        {
            FinishReason = reason;
        }

        if (!string.IsNullOrEmpty(piece.Content)) yield return Event(piece.Content);
    }

    private CompleteEvent Event(string text)
    {
        _text.Append(text);
        return new CompleteEvent { Text = text };
    }

    private static Usage? Read(ChatTokenUsage? usage) => usage is null ? null : new Usage
    {
        PromptTokens = usage.InputTokenCount,
        CompletionTokens = usage.OutputTokenCount,
        CachedPromptTokens = usage.InputTokenDetails?.CachedTokenCount ?? 0,
    };

    private static string Name(ChatFinishReason reason) => reason switch
    {
        ChatFinishReason.Stop => "stop",
        ChatFinishReason.Length => "length",
        ChatFinishReason.ContentFilter => "content_filter",
        _ => "tool_calls",
    };

    private static string Write(IReadOnlyList<ChatToolCall> calls) => Write(json =>
    {
        foreach (var call in calls) WriteCall(json, null, call.Id, call.FunctionName, call.FunctionArguments?.ToString() ?? "");
    });

    private static string Write(IReadOnlyList<StreamingChatToolCallUpdate> updates) => Write(json =>
    {
        foreach (var update in updates)
        {
            var arguments = update.FunctionArgumentsUpdate is { } data && !data.ToMemory().IsEmpty ? data.ToString() : "";
            WriteCall(json, update.Index, update.ToolCallId, update.FunctionName, arguments);
        }
    });

    private static void WriteCall(Utf8JsonWriter json, int? index, string? id, string? name, string arguments)
    {
        json.WriteStartObject();
        if (index is { } at) json.WriteNumber("index", at);
        if (!string.IsNullOrEmpty(id))
        {
            json.WriteString("id", id);
            json.WriteString("type", "function");
        }

        json.WriteStartObject("function");
        if (!string.IsNullOrEmpty(name)) json.WriteString("name", name);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Write(Action<Utf8JsonWriter> items)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            items(json);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
