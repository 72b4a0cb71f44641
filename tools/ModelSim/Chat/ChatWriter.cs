using System.Buffers;
using System.Text.Json;

namespace Slipway.ModelSim.Chat;

/// <summary>Writes chat completions and their chunks as OpenAI's API does.</summary>
internal static class ChatWriter
{
    /// <summary>The fingerprint of a backend that never changes.</summary>
    private const string Fingerprint = "fp_slipway_sim_1";

    /// <summary>What all chunks of an answer share.</summary>
    internal readonly record struct Head(string Id, long Created, string Model);

    /// <summary>Tokens of a call.</summary>
    internal readonly record struct Tokens(int Prompt, int Completion);

    public static void Whole(IBufferWriter<byte> buffer, Head head, string? text, string? tool, string finishReason, Tokens tokens)
    {
        using var json = new Utf8JsonWriter(buffer);
        Start(json, head, "chat.completion");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", text);
        json.WriteNull("refusal");
        if (tool is not null) WriteTool(json, head, tool, index: null);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, tokens);
        json.WriteEndObject();
    }

    public static void Chunk(IBufferWriter<byte> buffer, Head head, bool first, string? text, string? tool, string? finishReason)
    {
        using var json = new Utf8JsonWriter(buffer);
        Start(json, head, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        if (first) json.WriteString("role", "assistant");
        if (text is not null) json.WriteString("content", text);
        if (tool is not null) WriteTool(json, head, tool, index: 0);
        json.WriteEndObject();
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void UsageChunk(IBufferWriter<byte> buffer, Head head, Tokens tokens)
    {
        using var json = new Utf8JsonWriter(buffer);
        Start(json, head, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, tokens);
        json.WriteEndObject();
    }

    private static void Start(Utf8JsonWriter json, Head head, string kind)
    {
        json.WriteStartObject();
        json.WriteString("id", head.Id);
        json.WriteString("object", kind);
        json.WriteNumber("created", head.Created);
        json.WriteString("model", head.Model);
        json.WriteString("system_fingerprint", Fingerprint);
    }

    private static void WriteTool(Utf8JsonWriter json, Head head, string tool, int? index)
    {
        json.WriteStartArray("tool_calls");
        json.WriteStartObject();
        if (index is { } at) json.WriteNumber("index", at);
        json.WriteString("id", "call_" + head.Id);
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", tool);
        json.WriteString("arguments", "{}");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteUsage(Utf8JsonWriter json, Tokens tokens)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", tokens.Prompt);
        json.WriteNumber("completion_tokens", tokens.Completion);
        json.WriteNumber("total_tokens", tokens.Prompt + tokens.Completion);
        json.WriteEndObject();
    }
}
