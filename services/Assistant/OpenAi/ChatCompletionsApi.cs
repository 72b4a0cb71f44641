using Slipway.Assistant.Configuration;
using Slipway.Assistant.Http;
using Slipway.Assistant.RequestPath;

namespace Slipway.Assistant.OpenAi;

/// <summary><c>POST /v1/chat/completions</c>: the model <c>assistant</c> runs the whole path, any other goes straight to the broker.</summary>
internal static class ChatCompletionsApi
{
    public const string Route = "chat.completions";

    public static WebApplication MapChatCompletionsApi(this WebApplication app)
    {
        app.MapPost("/v1/chat/completions", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(HttpContext http, RecordedEndpoint endpoint, AnswerPath path, Passthrough passthrough, TimeProvider time)
    {
        var request = await endpoint.ReadAsync(http, Route, ChatRequestReader.Read);
        if (request.Model != ModelCatalog.Assistant)
        {
            await passthrough.HandleAsync(http, request);
            return;
        }

        await endpoint.RunAsync(http, Route, async (caller, run) =>
        {
            run.Stream = request.Stream;
            var question = QuestionFrom(request, caller, Caller.CachePolicyOf(http));
            var id = "chatcmpl-" + caller.RequestId;
            var created = time.GetUtcNow().ToUnixTimeSeconds();
            if (!request.Stream)
            {
                var answer = await path.AnswerAsync(question, run, sink: null, http.RequestAborted);
                endpoint.Recorder.RecordAnswer(caller, run, answer);
                ResponseHead.Write(http.Response, run, answer.CostUsd);
                await JsonResponse.WriteAsync(http, json => ChatWriter.Completion(json, id, created, request.Model, answer, run));
                return;
            }

            var head = new ChunkHead(id, created, request.Model, request.IncludeUsage);
            var stream = new AnswerStream(http, run, head);
            try
            {
                var answer = await path.AnswerAsync(question, run, stream, http.RequestAborted);
                await stream.FinishAsync(answer, () => endpoint.Recorder.RecordAnswer(caller, run, answer), http.RequestAborted);
            }
            catch (Exception exception) when (stream.Started && !http.RequestAborted.IsCancellationRequested)
            {
                await stream.FailAsync(endpoint.Fail(caller, run, exception), http.RequestAborted);
            }
        });
    }

    /// <summary>The last message is the question, the ones before it are the conversation.</summary>
    private static Question QuestionFrom(ChatRequest request, Caller caller, CachePolicy cache)
    {
        var last = request.Messages[^1];
        var at = $"messages[{request.Messages.Count - 1}]";
        if (last.Role != "user") throw JsonFields.Invalid(at + ".role", "The last message must be the user's: it is the question.");
        if (string.IsNullOrWhiteSpace(last.Content)) throw JsonFields.Invalid(at + ".content", $"'{at}.content' is empty.");
        if (request.ToolsJson.Length > 0) throw JsonFields.Unsupported("tools", "The model 'assistant' takes no tools; models of the catalog do.");
        if (request.Messages.Any(message => message.Role == "tool" || message.ToolCallsJson.Length > 0))
            throw JsonFields.Unsupported("messages", "The model 'assistant' takes no tool messages.");
        return new Question
        {
            Tenant = caller.Tenant,
            RequestId = caller.RequestId,
            Text = last.Content,
            Scope = request.Scope,
            Conversation = [.. request.Messages.Take(request.Messages.Count - 1)],
            Release = caller.Release,
            Sampling = request.Sampling,
            Cache = cache,
        };
    }
}
