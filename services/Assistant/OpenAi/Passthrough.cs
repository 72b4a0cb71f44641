using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Http;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.OpenAi;

/// <summary>Chats with a model of the catalog, without the request path: gateway, flags, model, record.</summary>
internal sealed class Passthrough(RecordedEndpoint endpoint, ModelBrokerService.ModelBrokerServiceClient broker, ModelCatalog catalog, Releases releases, TimeProvider time)
{
    public const string Route = ChatCompletionsApi.Route + ".passthrough";

    public Task HandleAsync(HttpContext http, ChatRequest chat) => endpoint.RunAsync(http, Route, async (caller, run) =>
    {
        run.Stream = chat.Stream;
        using (run.Enter(Stage.Flags))
        {
            run.Release = releases.Find(caller.Release)?.Name ?? "";
            if (catalog.Known && catalog.Expand([chat.Model]).Count == 0) throw UnknownModel(chat.Model);
        }

        var request = RequestFor(chat, caller);
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        var id = "chatcmpl-" + caller.RequestId;
        if (chat.Stream) await StreamAsync(http, chat, caller, run, request, new ChunkHead(id, created, chat.Model, chat.IncludeUsage));
        else await CompleteAsync(http, caller, run, request, id, created);
    });

    public static ApiException UnknownModel(string name) =>
        new(new ApiError(404, "model_not_found", $"The model '{(name.Length > 64 ? name[..64] + "…" : name)}' does not exist. GET /v1/models lists those that do.", "model"));

    private async Task CompleteAsync(HttpContext http, Caller caller, RequestRun run, CompleteRequest request, string id, long created)
    {
        CompleteResponse reply;
        using (run.Enter(Stage.Model))
        {
            // Straight to a model there is no rung to fall to, so the model has the time of a stream, not the path's share.
            reply = await broker.CompleteAsync(request, deadline: (time.GetUtcNow() + run.Budget.Stream).UtcDateTime, cancellationToken: http.RequestAborted);
        }

        run.SeeText();
        // An alias has models that answer for the first.
        var models = catalog.Expand([request.Model]);
        if (models.Skip(1).Any(model => model.Name == reply.Model)) run.Degrade(Stage.Model, reply.Model);
        endpoint.Recorder.RecordCall(caller, run, reply.Model, reply.Provider, reply.Usage, reply.CostUsd);
        ResponseHead.Write(http.Response, run, reply.CostUsd);
        await JsonResponse.WriteAsync(http, json => ChatWriter.Completion(json, id, created, reply));
    }

    private async Task StreamAsync(HttpContext http, ChatRequest chat, Caller caller, RequestRun run, CompleteRequest request, ChunkHead head)
    {
        var events = new ServerSentEvents(http.Response);
        try
        {
            using var stage = run.Enter(Stage.Model);
            using var call = broker.CompleteStream(request, deadline: (time.GetUtcNow() + run.Budget.Stream).UtcDateTime, cancellationToken: http.RequestAborted);
            await foreach (var item in call.ResponseStream.ReadAllAsync(http.RequestAborted))
            {
                if (item.EventCase == CompleteEvent.EventOneofCase.Model)
                {
                    run.Degrade(Stage.Model, item.Model);
                    continue;
                }

                var first = !events.Started;
                if (first)
                {
                    run.SeeText();
                    events.Start();
                    ResponseHead.Write(http.Response, run, costUsd: null);
                }

                if (item.EventCase == CompleteEvent.EventOneofCase.Completed)
                {
                    var done = item.Completed;
                    head.Fingerprint = done.Fingerprint;
                    await events.WriteAsync(json => ChatWriter.Chunk(json, head, first, text: null, finishReason: done.FinishReason), http.RequestAborted);
                    if (chat.IncludeUsage) await events.WriteAsync(json => ChatWriter.UsageChunk(json, head, done.Usage ?? new Usage()), http.RequestAborted);
                    endpoint.Recorder.RecordCall(caller, run, done.Model, done.Provider, done.Usage, done.CostUsd);
                    await events.DoneAsync(http.RequestAborted);
                    return;
                }

                await events.WriteAsync(json => ChatWriter.Chunk(json, head, first, item.Text.Length > 0 ? item.Text : null, item.ToolCallsDeltaJson), http.RequestAborted);
            }

            throw new RpcException(new Status(StatusCode.Unavailable, "The stream ended without a finish reason."));
        }
        catch (Exception exception) when (events.Started && !http.RequestAborted.IsCancellationRequested)
        {
            await events.FailAsync(endpoint.Fail(caller, run, exception), http.RequestAborted);
        }
    }

    private static CompleteRequest RequestFor(ChatRequest chat, Caller caller)
    {
        var request = new CompleteRequest
        {
            Tenant = caller.Tenant,
            RequestId = caller.RequestId,
            Model = chat.Model,
            ToolsJson = chat.ToolsJson,
            ToolChoiceJson = chat.ToolChoiceJson,
            ExtraJson = chat.ExtraJson,
        };
        request.Messages.AddRange(chat.Messages);
        chat.Sampling.ApplyTo(request);
        return request;
    }
}
