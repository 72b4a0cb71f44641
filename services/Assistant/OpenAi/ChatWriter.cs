using System.Text.Json;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;

namespace Slipway.Assistant.OpenAi;

/// <summary>
/// Writes OpenAI's <c>chat.completion</c> and <c>chat.completion.chunk</c> objects. Citations are <c>url_citation</c> annotations of the message; whatever
/// else Slipway knows stands in the object <c>slipway</c>, which other clients pass over.
/// </summary>
internal static class ChatWriter
{
    public static void Completion(Utf8JsonWriter json, string id, long created, string model, Answer answer, RequestRun run)
    {
        Start(json, "chat.completion", id, created, model, answer.Fingerprint);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", answer.Text);
        json.WriteNull("refusal");
        WriteAnnotations(json, answer);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", answer.FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, answer.Usage);
        WriteSlipway(json, answer, run);
        json.WriteEndObject();
    }

    /// <summary>A completion of the broker, as it is.</summary>
    public static void Completion(Utf8JsonWriter json, string id, long created, CompleteResponse reply)
    {
        Start(json, "chat.completion", id, created, reply.Model, reply.Fingerprint);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        if (reply.Text.Length == 0 && reply.ToolCallsJson.Length > 0) json.WriteNull("content");
        else json.WriteString("content", reply.Text);
        json.WriteNull("refusal");
        if (reply.ToolCallsJson.Length > 0)
        {
            json.WritePropertyName("tool_calls");
            json.WriteRawValue(reply.ToolCallsJson);
        }

        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", reply.FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, reply.Usage ?? new Usage());
        json.WriteEndObject();
    }

    /// <summary>One chunk of a stream.</summary>
    /// <param name="json">Where it goes.</param>
    /// <param name="head">What every chunk of the stream says.</param>
    /// <param name="role">Whether the delta names the role (the first chunk).</param>
    /// <param name="text">The text, or null.</param>
    /// <param name="toolCallsJson">The delta's tool calls, or empty.</param>
    /// <param name="finishReason">Set in the last chunk with a choice.</param>
    /// <param name="answer">With the finish reason: what Slipway knows of the answer.</param>
    /// <param name="run">Goes with <paramref name="answer"/>.</param>
    public static void Chunk(
        Utf8JsonWriter json, ChunkHead head, bool role, string? text, string toolCallsJson = "", string? finishReason = null, Answer? answer = null, RequestRun? run = null)
    {
        Start(json, "chat.completion.chunk", head.Id, head.Created, head.Model, head.Fingerprint);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        if (role) json.WriteString("role", "assistant");
        if (text is not null) json.WriteString("content", text);
        if (toolCallsJson.Length > 0)
        {
            json.WritePropertyName("tool_calls");
            json.WriteRawValue(toolCallsJson);
        }

        if (answer is not null) WriteAnnotations(json, answer);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        if (head.IncludeUsage) json.WriteNull("usage");
        if (answer is not null && run is not null) WriteSlipway(json, answer, run);
        json.WriteEndObject();
    }

    /// <summary>The chunk without choices that carries the usage, sent last when the caller asked for it.</summary>
    public static void UsageChunk(Utf8JsonWriter json, ChunkHead head, Usage usage)
    {
        Start(json, "chat.completion.chunk", head.Id, head.Created, head.Model, head.Fingerprint);
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, usage);
        json.WriteEndObject();
    }

    private static void Start(Utf8JsonWriter json, string kind, string id, long created, string model, string fingerprint)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", kind);
        json.WriteNumber("created", created);
        json.WriteString("model", model);
        if (fingerprint.Length > 0) json.WriteString("system_fingerprint", fingerprint);
    }

    private static void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", usage.PromptTokens);
        json.WriteNumber("completion_tokens", usage.CompletionTokens);
        json.WriteNumber("total_tokens", usage.PromptTokens + usage.CompletionTokens);
        if (usage.CachedPromptTokens > 0)
        {
            json.WriteStartObject("prompt_tokens_details");
            json.WriteNumber("cached_tokens", usage.CachedPromptTokens);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteAnnotations(Utf8JsonWriter json, Answer answer)
    {
        json.WriteStartArray("annotations");
        foreach (var citation in answer.Citations)
        {
            var mark = $"[{citation.Number}]";
            for (var at = answer.Text.IndexOf(mark, StringComparison.Ordinal); at >= 0; at = answer.Text.IndexOf(mark, at + mark.Length, StringComparison.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("type", "url_citation");
                json.WriteStartObject("url_citation");
                json.WriteNumber("start_index", at);
                json.WriteNumber("end_index", at + mark.Length);
                json.WriteString("url", citation.Url);
                json.WriteString("title", citation.Title);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static void WriteSlipway(Utf8JsonWriter json, Answer answer, RequestRun run)
    {
        json.WriteStartObject("slipway");
        AnswerJson.WriteCitations(json, answer.Citations);
        json.WriteNumber("confidence", answer.Confidence);
        AnswerJson.WriteDegraded(json, run);
        json.WriteString("model", answer.Model);
        json.WriteString("release", run.Release);
        json.WriteString("cache", run.Cache);
        json.WriteNumber("cost_usd", answer.CostUsd);
        if (answer.Review) json.WriteString("review", "suggested");
        json.WriteStartObject("timings_ms");
        foreach (var (stage, milliseconds) in run.Timings()) json.WriteNumber(stage, Math.Round(milliseconds, 3));
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>What every chunk of one stream says.</summary>
internal sealed record ChunkHead(string Id, long Created, string Model, bool IncludeUsage)
{
    public string Fingerprint { get; set; } = "";
}
