using System.Text.Json;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Http;
using Slipway.Assistant.OpenAi;
using Slipway.Assistant.RequestPath;
using Slipway.Assistant.Search;
using Slipway.Contracts;

namespace Slipway.Assistant.Answers;

/// <summary>
/// <c>POST /v1/answers</c>, the native surface: <c>{question, conversation?, collection?, filter?}</c> → <c>{answer, citations[], confidence, degraded[], review?}</c>.
/// </summary>
internal static class AnswersApi
{
    private const string Route = "answers";
    private const int MaxTurns = 2048;

    public static WebApplication MapAnswersApi(this WebApplication app)
    {
        app.MapPost("/v1/answers", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(HttpContext http, RecordedEndpoint endpoint, AnswerPath path)
    {
        var (text, conversation, scope) = await endpoint.ReadAsync(http, Route, Read);
        await endpoint.RunAsync(http, Route, async (caller, run) =>
        {
            var question = new Question
            {
                Tenant = caller.Tenant,
                RequestId = caller.RequestId,
                Text = text,
                Conversation = conversation,
                Scope = scope,
                Release = caller.Release,
                Cache = Caller.CachePolicyOf(http),
            };
            var answer = await path.AnswerAsync(question, run, sink: null, http.RequestAborted);
            endpoint.Recorder.RecordAnswer(caller, run, answer);
            ResponseHead.Write(http.Response, run, answer.CostUsd);
            await JsonResponse.WriteAsync(http, json => Write(json, answer, run));
        });
    }

    private static (string Question, IReadOnlyList<ChatMessage> Conversation, SearchScope Scope) Read(JsonElement json)
    {
        var question = json.RequiredString("question", JsonBody.MaxBytes);
        if (string.IsNullOrWhiteSpace(question)) throw JsonFields.Invalid("question", "'question' is empty.");
        var scope = SearchScope.Read(json);
        if (!json.Has("conversation", out var list)) return (question, [], scope);
        if (list.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType("conversation", "an array");
        if (list.GetArrayLength() > MaxTurns) throw JsonFields.Invalid("conversation", $"'conversation' has {list.GetArrayLength()} entries; the limit is {MaxTurns}.");
        return (question, [.. list.EnumerateArray().Select(ReadTurn)], scope);
    }

    private static ChatMessage ReadTurn(JsonElement json, int index)
    {
        var at = $"conversation[{index}]";
        if (json.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType(at, "an object");
        if (!json.Has("role", out var role)) throw JsonFields.Missing(at + ".role");
        var name = role.Text(at + ".role");
        if (name is not ("user" or "assistant")) throw JsonFields.Invalid(at + ".role", $"'{at}.role' must be user or assistant.");
        if (!json.Has("content", out var content)) throw JsonFields.Missing(at + ".content");
        return new ChatMessage { Role = name, Content = content.Text(at + ".content") };
    }

    private static void Write(Utf8JsonWriter json, Answer answer, RequestRun run)
    {
        json.WriteStartObject();
        json.WriteString("answer", answer.Text);
        AnswerJson.WriteCitations(json, answer.Citations);
        json.WriteNumber("confidence", answer.Confidence);
        AnswerJson.WriteDegraded(json, run);
        if (answer.Review) json.WriteString("review", "suggested");
        json.WriteEndObject();
    }
}
