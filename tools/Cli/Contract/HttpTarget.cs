using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.ProviderContract;

namespace Slipway.Cli.Contract;

/// <summary>A model behind an edge, or behind any other OpenAI-compatible endpoint.</summary>
internal sealed class HttpTarget : IContractTarget, IDisposable
{
    private readonly HttpClient _http;

    public HttpTarget(Uri url, string? key, string model, string? embeddingModel, int? contextWindow)
    {
        _http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(150) };
        if (key is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        (Model, EmbeddingModel, ContextWindow) = (model, embeddingModel, contextWindow);
    }

    public string Model { get; }

    public string? EmbeddingModel { get; }

    public int? ContextWindow { get; }

    /// <summary>The models that the endpoint offers.</summary>
    /// <exception cref="UnableException">It does not answer as an OpenAI-compatible endpoint does, or refuses the key.</exception>
    public async Task<IReadOnlySet<string>> ModelsAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync("/v1/models", cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            if (!response.IsSuccessStatusCode) throw new UnableException($"{_http.BaseAddress} refused the list of models: {(int)response.StatusCode} {Refusal(response, body).Message}");
            return JsonNode.Parse(body)!["data"]!.AsArray().Select(item => (string)item!["id"]!).ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or InvalidOperationException or NullReferenceException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new UnableException($"{_http.BaseAddress} did not list its models: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public async Task<ContractReply> ChatAsync(ContractChat chat, CancellationToken cancellationToken)
    {
        using var response = await SendAsync("/v1/chat/completions", Body(chat, stream: false), HttpCompletionOption.ResponseContentRead, cancellationToken);
        var json = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!;
        var choice = json["choices"]![0]!;
        var reply = new HttpReply();
        reply.Read(json);
        reply.Text.Append((string?)choice["message"]!["content"]);
        reply.FinishReason = (string?)choice["finish_reason"];
        reply.ReadCalls(choice["message"]!["tool_calls"]);
        return reply.ToReply();
    }

    /// <inheritdoc />
    public async Task<ContractReply> StreamAsync(ContractChat chat, Action<string> piece, CancellationToken cancellationToken)
    {
        using var response = await SendAsync("/v1/chat/completions", Body(chat, stream: true), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var reply = new HttpReply();
        try
        {
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (!line.StartsWith("data:", StringComparison.Ordinal)) continue;
                var data = line[5..].Trim();
                if (data == "[DONE]") break;
                var json = JsonNode.Parse(data)!;
                if (json["error"] is { } error) throw new ContractRefusalException((string?)error["code"] ?? "", (string?)error["message"] ?? "");
                reply.Read(json);
                if (json["choices"] is not JsonArray { Count: > 0 } choices) continue;
                reply.FinishReason = (string?)choices[0]!["finish_reason"] ?? reply.FinishReason;
                reply.ReadCalls(choices[0]!["delta"]?["tool_calls"]);
                if ((string?)choices[0]!["delta"]?["content"] is not { Length: > 0 } text) continue;
                reply.Text.Append(text);
                piece(text);
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw new ContractRefusalException("connection_lost", exception.Message);
        }

        return reply.FinishReason is null ? throw new ContractRefusalException("no_finish_reason", "The stream ended without a finish reason.") : reply.ToReply();
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<IReadOnlyList<float>>> EmbedAsync(IReadOnlyList<string> texts, int? dimensions, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["model"] = EmbeddingModel, ["input"] = new JsonArray([.. texts.Select(text => (JsonNode)text)]) };
        if (dimensions is { } wanted) body["dimensions"] = wanted;
        using var response = await SendAsync("/v1/embeddings", body, HttpCompletionOption.ResponseContentRead, cancellationToken);
        var json = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!;
        return [.. json["data"]!.AsArray().OrderBy(item => (int)item!["index"]!).Select(item => item!["embedding"]!.AsArray().Select(value => (float)value!).ToArray())];
    }

    public void Dispose() => _http.Dispose();

    private JsonObject Body(ContractChat chat, bool stream)
    {
        var body = new JsonObject { ["model"] = chat.Model ?? Model, ["messages"] = new JsonArray([.. chat.Messages.Select(Message)]) };
        if (stream)
        {
            body["stream"] = true;
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        if (chat.MaxTokens is { } limit) body["max_completion_tokens"] = limit;
        if (chat.Temperature is { } temperature) body["temperature"] = temperature;
        if (chat.Seed is { } seed) body["seed"] = seed;
        if (chat.Stop.Count > 0) body["stop"] = new JsonArray([.. chat.Stop.Select(stop => (JsonNode)stop)]);
        if (chat.ToolsJson is { } tools) body["tools"] = JsonNode.Parse(tools);
        if (chat.ToolChoiceJson is { } choice) body["tool_choice"] = JsonNode.Parse(choice);
        if (chat.ResponseFormatJson is { } format) body["response_format"] = JsonNode.Parse(format);
        return body;
    }

    private static JsonNode Message(ContractMessage message)
    {
        var json = new JsonObject { ["role"] = message.Role, ["content"] = message.Content };
        if (message.ToolCallsJson is { } calls) json["tool_calls"] = JsonNode.Parse(calls);
        if (message.ToolCallId is { } id) json["tool_call_id"] = id;
        return json;
    }

    private async Task<HttpResponseMessage> SendAsync(string path, JsonObject body, HttpCompletionOption option, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, option, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new ContractRefusalException("connection_lost", exception.Message);
        }

        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            throw Refusal(response, await response.Content.ReadAsStringAsync(cancellationToken));
        }
    }

    private static ContractRefusalException Refusal(HttpResponseMessage response, string body)
    {
        JsonNode? error = null;
        try
        {
            error = JsonNode.Parse(body)?["error"];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
        }

        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        return new ContractRefusalException(error?["code"]?.ToString() ?? status, error?["message"]?.ToString() ?? $"Status {status}.", response.Headers.RetryAfter?.Delta);
    }
}
