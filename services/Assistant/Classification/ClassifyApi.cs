using System.Text.Json;
using Slipway.Assistant.Http;
using Slipway.Contracts;

namespace Slipway.Assistant.Classification;

/// <summary>
/// <c>POST /v1/classify</c>, Slipway's own: gives each text one of the labels. The broker packs small calls of a tenant that come at once into one chat of the model.
/// <code>
/// {"model"?, "input": text or [text], "labels": [label], "instructions"?}
/// → {"model", "results": [{"index", "label"}], "usage": {"prompt_tokens", "completion_tokens", "total_tokens"}, "cost_usd"}
/// </code>
/// </summary>
internal static class ClassifyApi
{
    private const string Route = "classify";
    private const int MaxInputs = 256;
    private const int MaxInputLength = 32_768;
    private const int MinLabels = 2;
    private const int MaxLabels = 100;
    private const int MaxLabelLength = 100;
    private const int MaxInstructions = 8_192;

    public static WebApplication MapClassifyApi(this WebApplication app)
    {
        app.MapPost("/v1/classify", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(HttpContext http, RecordedEndpoint endpoint, ModelBrokerService.ModelBrokerServiceClient broker, TimeProvider time)
    {
        var request = await endpoint.ReadAsync(http, Route, Read);
        await endpoint.RunAsync(http, Route, async (caller, run) =>
        {
            request.Tenant = caller.Tenant;
            request.RequestId = caller.RequestId;
            ClassifyResponse reply;
            using (run.Enter(Stage.Model))
            {
                reply = await broker.ClassifyAsync(request, deadline: (time.GetUtcNow() + run.Budget.Stream).UtcDateTime, cancellationToken: http.RequestAborted);
            }

            endpoint.Recorder.RecordCall(caller, run, reply.Model, reply.Provider, reply.Usage, reply.CostUsd);
            ResponseHead.Write(http.Response, run, reply.CostUsd);
            await JsonResponse.WriteAsync(http, json => Write(json, reply));
        });
    }

    private static ClassifyRequest Read(JsonElement json)
    {
        var request = new ClassifyRequest { Model = json.OptionalString("model", 256) ?? "", Instructions = json.OptionalString("instructions", MaxInstructions) ?? "" };
        if (json.Has("input", out var input) && input.ValueKind == JsonValueKind.String) request.Texts.Add(Bounded(input, "input", MaxInputLength));
        else request.Texts.AddRange(List(json, "input", "a string or an array of strings", 1, MaxInputs, MaxInputLength));
        request.Labels.AddRange(List(json, "labels", "an array of strings", MinLabels, MaxLabels, MaxLabelLength));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < request.Labels.Count; i++)
            if (!seen.Add(request.Labels[i])) throw JsonFields.Invalid($"labels[{i}]", $"'labels[{i}]' is there twice.");
        return request;
    }

    private static IEnumerable<string> List(JsonElement json, string name, string expected, int least, int most, int length)
    {
        if (!json.Has(name, out var list)) throw JsonFields.Missing(name);
        if (list.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType(name, expected);
        var count = list.GetArrayLength();
        if (count < least || count > most) throw JsonFields.Invalid(name, $"'{name}' has {count} entries; it must have {least} to {most}.");
        return list.EnumerateArray().Select((item, index) => Bounded(item, $"{name}[{index}]", length)).ToList();
    }

    private static string Bounded(JsonElement value, string param, int most)
    {
        var text = value.Text(param);
        return text.Length > 0 && text.Length <= most ? text : throw JsonFields.Invalid(param, $"'{param}' has {text.Length} characters; it must have 1 to {most}.");
    }

    private static void Write(Utf8JsonWriter json, ClassifyResponse reply)
    {
        json.WriteStartObject();
        json.WriteString("model", reply.Model);
        json.WriteStartArray("results");
        for (var i = 0; i < reply.Labels.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", i);
            json.WriteString("label", reply.Labels[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", reply.Usage?.PromptTokens ?? 0);
        json.WriteNumber("completion_tokens", reply.Usage?.CompletionTokens ?? 0);
        json.WriteNumber("total_tokens", (reply.Usage?.PromptTokens ?? 0) + (reply.Usage?.CompletionTokens ?? 0));
        json.WriteEndObject();
        json.WriteNumber("cost_usd", reply.CostUsd);
        json.WriteEndObject();
    }
}
