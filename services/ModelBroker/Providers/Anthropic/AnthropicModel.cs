using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Providers.Native;

namespace Slipway.ModelBroker.Providers.Anthropic;

/// <summary>
/// Anthropic's Messages API, <c>POST /v1/messages</c>. A stream is, in this order: <c>message_start</c> (id, model, prompt tokens), for each block of content
/// <c>content_block_start</c>, <c>content_block_delta</c>… and <c>content_block_stop</c>, then <c>message_delta</c> (stop reason, answer tokens) and <c>message_stop</c>;
/// <c>ping</c> and <c>error</c> may come anywhere.
/// </summary>
internal sealed class AnthropicModel(CatalogModel model, HttpClient http, TimeProvider time) : NativeModel(model, http, time)
{
    private const string Version = "2023-06-01";

    /// <inheritdoc />
    protected override HttpRequestMessage Write(CompleteRequest request, bool stream)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, "v1/messages") { Content = JsonText.Body(json => AnthropicRequest.Write(json, request, Model, stream)) };
        message.Headers.Add("anthropic-version", Version);
        if (Model.Provider.ApiKey is { } key) message.Headers.Add("x-api-key", key);
        return message;
    }

    /// <inheritdoc />
    protected override void ReadWhole(JsonElement json, NativeReply reply)
    {
        if (json.Text("type") == "error") throw NativeFailures.InBand(json.Field("error")?.Text("type") ?? "", Model);
        if (json.Text("type") != "message") throw ProviderFailures.Unreadable(Model);
        ReadHead(json, reply);
        foreach (var block in json.Items("content"))
        {
            if (block.Text("type") == "text") reply.AddText(block.Text("text"));
            else if (block.Text("type") == "tool_use") reply.AddCall(block.Text("id"), block.Text("name"), block.Field("input")?.GetRawText() ?? "{}");
        }

        reply.FinishReason = Reason(json.Text("stop_reason"));
    }

    /// <inheritdoc />
    protected override ReadOnlyMemory<char> JsonIn(string line) => line.StartsWith("data:", StringComparison.Ordinal) ? line.AsMemory(5).Trim() : default;

    /// <inheritdoc />
    protected override IEnumerable<CompleteEvent> ReadEvent(JsonElement json, NativeReply reply)
    {
        switch (json.Text("type"))
        {
            case "message_start" when json.Field("message") is { } message:
                ReadHead(message, reply);
                break;
            case "content_block_start" when json.Field("content_block") is { } block:
                if (block.Text("type") == "tool_use") yield return reply.AddCall(block.Text("id"), block.Text("name"), "");
                else if (block.Text("text") is { Length: > 0 } text) yield return reply.AddText(text);
                break;
            case "content_block_delta" when json.Field("delta") is { } delta:
                if (delta.Text("type") == "text_delta" && delta.Text("text") is { Length: > 0 } piece) yield return reply.AddText(piece);
                else if (delta.Text("type") == "input_json_delta" && reply.Calls > 0 && delta.Text("partial_json") is { Length: > 0 } arguments) yield return reply.AddArguments(arguments);
                break;
            case "message_delta":
                if (json.Field("delta")?.Text("stop_reason") is { Length: > 0 } reason) reply.FinishReason = Reason(reason);
                if (reply.Usage is not null && json.Field("usage")?.Number("output_tokens") is { } tokens) reply.Usage.CompletionTokens = tokens;
                break;
            case "message_stop":
                reply.IsComplete = true;
                break;
            case "error":
                throw NativeFailures.InBand(json.Field("error")?.Text("type") ?? "", Model);
        }
    }

    /// <inheritdoc />
    protected override string MessageOf(JsonElement error) => error.Field("error")?.Text("message") ?? "";

    private static void ReadHead(JsonElement message, NativeReply reply)
    {
        reply.Id = message.Text("id");
        reply.Model = message.Text("model");
        if (message.Field("usage") is not { } usage || usage.Number("input_tokens") is not { } input) return;
        // Its input tokens are those that the cache had nothing to do with.
        var (read, written) = (usage.Number("cache_read_input_tokens") ?? 0, usage.Number("cache_creation_input_tokens") ?? 0);
        reply.Usage = new Usage { PromptTokens = input + read + written, CachedPromptTokens = read, CacheWriteTokens = written, CompletionTokens = usage.Number("output_tokens") ?? 0 };
    }

    private static string? Reason(string reason) => reason switch
    {
        "" => null,
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        _ => "stop",
    };
}
