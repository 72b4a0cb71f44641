using System.Text.Json;
using Slipway.Assistant.Http;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;

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
        var request = new ClassifyRequest { Model = json.OptionalString("model", 256) ?? "" };
        if (json.Has("instructions", out var instructions)) request.Instructions = instructions.Text("instructions");
        if (!json.Has("input", out var input)) throw JsonFields.Missing("input");
        var single = input.ValueKind == JsonValueKind.String;
        if (single) request.Texts.Add(input.Text("input"));
        else request.Texts.AddRange(Texts(input, "input", "a string or an array of strings"));
        if (!json.Has("labels", out var labels)) throw JsonFields.Missing("labels");
        request.Labels.AddRange(Texts(labels, "labels", "an array of strings"));
        return ClassifyRules.Check(request, single) is { } error ? throw new ApiException(ApiError.Invalid(error.Param, error.Message, error.Code)) : request;
    }

    private static IEnumerable<string> Texts(JsonElement list, string name, string expected) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select((item, index) => item.Text($"{name}[{index}]")) : throw JsonFields.WrongType(name, expected);

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
