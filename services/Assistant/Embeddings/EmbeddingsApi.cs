using System.Buffers.Binary;
using System.Text.Json;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Http;
using Slipway.Assistant.Search;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.Embeddings;

/// <summary>
/// <c>POST /v1/embeddings</c>: the model <c>assistant</c> is the embedder that searches the tenant's documents (those of <c>collection</c>, if given), any other is one of the broker's catalog.
/// </summary>
internal static class EmbeddingsApi
{
    private const string Route = "embeddings";
    private const int MaxInputs = 256;
    private const int MaxInputLength = 1_000_000;

    public static WebApplication MapEmbeddingsApi(this WebApplication app)
    {
        app.MapPost("/v1/embeddings", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(
        HttpContext http, RecordedEndpoint endpoint, RetrievalService.RetrievalServiceClient retrieval, ModelBrokerService.ModelBrokerServiceClient broker, TimeProvider time)
    {
        var request = await endpoint.ReadAsync(http, Route, Read);
        await endpoint.RunAsync(http, Route, async (caller, run) =>
        {
            var deadline = (time.GetUtcNow() + run.Budget.Stream).UtcDateTime;
            EmbeddingsResponse reply;
            using (run.Enter(Stage.Model))
            {
                if (request.Model == ModelCatalog.Assistant)
                {
                    var own = new EmbedRequest { Tenant = caller.Tenant, Collection = request.Collection };
                    own.Texts.AddRange(request.Texts);
                    var embedded = await retrieval.EmbedAsync(own, deadline: deadline, cancellationToken: http.RequestAborted);
                    if (embedded.EmbeddingsVersion.Length == 0)
                    {
                        throw new ApiException(new ApiError(
                            503, "embedder_unavailable", "The tenant's documents have no fitted embedder yet: upload documents first.", "model", TimeSpan.FromSeconds(5)));
                    }

                    reply = new EmbeddingsResponse { Model = embedded.EmbeddingsVersion, Usage = new Usage() };
                    reply.Vectors.AddRange(embedded.Vectors);
                }
                else
                {
                    var call = new EmbeddingsRequest { Tenant = caller.Tenant, RequestId = caller.RequestId, Model = request.Model };
                    call.Texts.AddRange(request.Texts);
                    if (request.Dimensions is { } dimensions) call.Dimensions = dimensions;
                    reply = await broker.EmbedAsync(call, deadline: deadline, cancellationToken: http.RequestAborted);
                }
            }

            endpoint.Recorder.RecordCall(caller, run, reply.Model, "", reply.Usage, reply.CostUsd);
            ResponseHead.Write(http.Response, run, reply.CostUsd);
            await JsonResponse.WriteAsync(http, json => Write(json, reply, request.Model, request.Base64));
        });
    }

    private static (string Model, IReadOnlyList<string> Texts, bool Base64, int? Dimensions, string Collection) Read(JsonElement json)
    {
        var model = json.RequiredString("model", 256);
        if (!json.Has("input", out var input)) throw JsonFields.Missing("input");
        if (input.ValueKind == JsonValueKind.Array && input.GetArrayLength() is 0 or > MaxInputs)
            throw JsonFields.Invalid("input", $"'input' has {input.GetArrayLength()} texts; it must have 1 to {MaxInputs}.");
        var texts = input.ValueKind switch
        {
            JsonValueKind.String => [input.Text("input")],
            JsonValueKind.Array => input.EnumerateArray().Select((item, index) => item.Text($"input[{index}]")).ToList(),
            _ => throw JsonFields.WrongType("input", "a string or an array of strings"),
        };
        for (var i = 0; i < texts.Count; i++)
        {
            if (texts[i].Length == 0) throw JsonFields.Invalid("input", $"'input[{i}]' is empty.");
            if (texts[i].Length > MaxInputLength) throw JsonFields.Invalid("input", $"'input[{i}]' has {texts[i].Length} characters; the limit is {MaxInputLength}.");
        }

        var format = json.OptionalString("encoding_format", 16) ?? "float";
        if (format is not ("float" or "base64")) throw JsonFields.Invalid("encoding_format", "'encoding_format' must be float or base64.");
        return (model, texts, format == "base64", (int?)json.OptionalInteger("dimensions", 1, 65_536), SearchScope.ReadCollection(json.OptionalString("collection", 256)));
    }

    private static void Write(Utf8JsonWriter json, EmbeddingsResponse reply, string model, bool base64)
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        for (var i = 0; i < reply.Vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object", "embedding");
            json.WriteNumber("index", i);
            WriteVector(json, reply.Vectors[i], base64);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model", model);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", reply.Usage?.PromptTokens ?? 0);
        json.WriteNumber("total_tokens", reply.Usage?.PromptTokens ?? 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>An array of numbers, or, as OpenAI's SDKs ask by default, base64 of little-endian float32.</summary>
    private static void WriteVector(Utf8JsonWriter json, Vector vector, bool base64)
    {
        if (base64)
        {
            var bytes = new byte[vector.Values.Count * sizeof(float)];
            for (var i = 0; i < vector.Values.Count; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector.Values[i]);
            json.WriteBase64String("embedding", bytes);
            return;
        }

        json.WriteStartArray("embedding");
        foreach (var value in vector.Values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
