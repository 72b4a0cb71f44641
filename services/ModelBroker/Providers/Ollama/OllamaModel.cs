using System.Net.Http.Headers;
using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Providers.Native;

namespace Slipway.ModelBroker.Providers.Ollama;

/// <summary>
/// Ollama's own API, <c>POST /api/chat</c>: lines of JSON with a piece of the message each; the last one says <c>done</c>, why, and the tokens. Calls of tools come whole.
/// </summary>
internal sealed class OllamaModel(CatalogModel model, HttpClient http, TimeProvider time) : NativeModel(model, http, time)
{
    /// <inheritdoc />
    protected override HttpRequestMessage Write(CompleteRequest request, bool stream)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, "api/chat") { Content = JsonText.Body(json => OllamaRequest.Write(json, request, Model, stream)) };
        if (Model.Provider.ApiKey is { } key) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return message;
    }

    /// <inheritdoc />
    protected override void ReadWhole(JsonElement json, NativeReply reply)
    {
        foreach (var _ in ReadEvent(json, reply)) continue;
    }

    /// <inheritdoc />
    protected override ReadOnlyMemory<char> JsonIn(string line) => line.AsMemory().Trim();

    /// <inheritdoc />
    protected override IEnumerable<CompleteEvent> ReadEvent(JsonElement json, NativeReply reply)
    {
        if (json.Field("error") is not null) throw NativeFailures.InBand("", Model);
        reply.Model = json.Text("model");
        if (json.Field("message") is { } message)
        {
            if (message.Text("content") is { Length: > 0 } text) yield return reply.AddText(text);
            foreach (var call in message.Items("tool_calls"))
            {
                if (call.Field("function") is not { } function) continue;
                var arguments = function.Field("arguments")?.GetRawText() ?? "{}";
                yield return call.Text("id") is { Length: > 0 } id ? reply.AddCall(id, function.Text("name"), arguments) : reply.AddCall(function.Text("name"), arguments);
            }
        }

        if (json.Field("done") is not { ValueKind: JsonValueKind.True }) yield break;
        reply.IsComplete = true;
        reply.FinishReason = json.Text("done_reason") == "length" ? "length" : reply.Calls > 0 ? "tool_calls" : "stop";
        if (json.Number("eval_count") is { } tokens && json.Number("prompt_eval_count") is { } prompt) reply.Usage = new Usage { PromptTokens = prompt, CompletionTokens = tokens };
    }

    /// <inheritdoc />
    protected override string MessageOf(JsonElement error) => error.Text("error");
}
