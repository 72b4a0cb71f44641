namespace Slipway.ProviderContract.Checks;

/// <summary>Answers, whole and streamed.</summary>
internal static class AnswerChecks
{
    private const string Verdict = """
        {"type":"json_schema","json_schema":{"name":"verdict","strict":true,"schema":{"type":"object","properties":{"verdict":{"type":"string","enum":["yes","no"]},"reason":{"type":"string"}},"required":["verdict","reason"],"additionalProperties":false}}}
        """;

    public static readonly ContractCheck[] All =
    [
        new("plain-answer", "A question gets an answer with the finish reason stop and the tokens of both.", PlainAsync),
        new("streamed-answer", "A stream brings text, then the finish reason and the tokens.", StreamedAsync),
        new("model-reported", "An answer names the model that gave it.", ReportedAsync),
        new("conversation", "A system prompt and earlier turns are taken, and text beyond ASCII comes through.", ConversationAsync),
        new("json-schema", "An answer that shall be JSON of a schema is.", (target, cancelled) => JsonAsync(chat => target.ChatAsync(chat, cancelled))),
        new("json-schema-streamed", "So is a streamed one.", (target, cancelled) => JsonAsync(chat => target.StreamAsync(chat, _ => { }, cancelled))),
        new("seed", "A seed is taken; the same one, at temperature 0, gives the same answer where the provider promises so.", SeedAsync),
        new("stop", "A stop sequence ends the answer and is not part of it.", StopAsync),
        new("max-tokens", "An answer that reaches its limit has the finish reason length.", LimitAsync),
        new("max-tokens-streamed", "So has a streamed one.", LimitStreamedAsync),
        new("cancellation", "A caller that leaves a stream closes the connection to the provider.", CancellationAsync),
    ];

    private static async Task<string> PlainAsync(IContractTarget target, CancellationToken cancelled)
    {
        var reply = await target.ChatAsync(new ContractChat("Say hello in one short sentence."), cancelled);
        Expect.IsAnswer(reply);
        Expect.That(reply.Text.Length > 0, "The answer is empty.");
        return $"{reply.PromptTokens} + {reply.CompletionTokens} tokens";
    }

    private static async Task<string> StreamedAsync(IContractTarget target, CancellationToken cancelled)
    {
        var pieces = new List<string>();
        var reply = await target.StreamAsync(new ContractChat("Name the seven days of the week."), pieces.Add, cancelled);
        Expect.IsAnswer(reply);
        Expect.That(pieces.Count > 1, $"The text came in {pieces.Count} pieces.");
        Expect.That(string.Concat(pieces) == reply.Text, "The pieces are not the answer.");
        return $"{pieces.Count} pieces";
    }

    private static async Task<string> ReportedAsync(IContractTarget target, CancellationToken cancelled)
    {
        var whole = await target.ChatAsync(new ContractChat("Say yes."), cancelled);
        var streamed = await target.StreamAsync(new ContractChat("Say yes."), _ => { }, cancelled);
        Expect.That(whole.Model.Length > 0 && streamed.Model.Length > 0, "No model is named.");
        Expect.That(whole.Model == streamed.Model, $"A whole answer names '{whole.Model}', a streamed one '{streamed.Model}'.");
        return whole.Fingerprint.Length > 0 ? $"{whole.Model}, {whole.Fingerprint}" : $"{whole.Model}, no fingerprint";
    }

    private static async Task<string> ConversationAsync(IContractTarget target, CancellationToken cancelled)
    {
        var chat = new ContractChat("")
        {
            Messages =
            [
                new("system", "You answer briefly."), new("user", "My name is Zoë 🦊."), new("assistant", "Hello, Zoë 🦊!"), new("user", "Which name did I give you? Answer with the name."),
            ],
        };
        var reply = await target.ChatAsync(chat, cancelled);
        Expect.IsAnswer(reply);
        return reply.Text.Contains("Zoë", StringComparison.Ordinal) ? "" : "The answer does not have the name.";
    }

    private static async Task<string> JsonAsync(Func<ContractChat, Task<ContractReply>> ask)
    {
        var reply = await ask(new ContractChat("Is water wet? Give a verdict and a reason as JSON.") { ResponseFormatJson = Verdict });
        Expect.IsAnswer(reply);
        var json = Expect.Json(reply.Text, "The answer");
        Expect.That(json.ValueKind == System.Text.Json.JsonValueKind.Object, "The answer is no object.");
        Expect.That(json.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal).SequenceEqual(["reason", "verdict"]), "The answer does not have the schema's fields, and them only.");
        Expect.That(json.GetProperty("verdict").ToString() is "yes" or "no", "The verdict is not one of the schema's values.");
        return "";
    }

    private static async Task<string> SeedAsync(IContractTarget target, CancellationToken cancelled)
    {
        var chat = new ContractChat("Invent a name for a ship.") { Seed = 7, Temperature = 0 };
        var (first, second) = (await target.ChatAsync(chat, cancelled), await target.ChatAsync(chat, cancelled));
        Expect.IsAnswer(first);
        return first.Text == second.Text ? "" : "The two answers differ.";
    }

    private static async Task<string> StopAsync(IContractTarget target, CancellationToken cancelled)
    {
        var chat = new ContractChat("Write the numbers from one to ten as words, separated by spaces.") { Seed = 7, Temperature = 0 };
        var whole = await target.ChatAsync(chat, cancelled);
        var words = whole.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 4) throw new ContractSkipException("The answer is too short to be stopped.");
        var stop = words[words.Length / 2];
        var reply = await target.ChatAsync(chat with { Stop = [stop] }, cancelled);
        Expect.That(reply.FinishReason == "stop", $"The finish reason is '{reply.FinishReason}', not 'stop'.");
        Expect.That(!reply.Text.Contains(stop, StringComparison.Ordinal), "The answer has the stop sequence.");
        return "";
    }

    private static async Task<string> LimitAsync(IContractTarget target, CancellationToken cancelled)
    {
        var reply = await target.ChatAsync(Long(), cancelled);
        Expect.IsAnswer(reply, "length");
        return $"{reply.CompletionTokens} tokens";
    }

    private static async Task<string> LimitStreamedAsync(IContractTarget target, CancellationToken cancelled)
    {
        Expect.IsAnswer(await target.StreamAsync(Long(), _ => { }, cancelled), "length");
        return "";
    }

    private static async Task<string> CancellationAsync(IContractTarget target, CancellationToken cancelled)
    {
        if (target.Failing("stall=3") is not { } stalling) throw new ContractSkipException("What the provider sees cannot be told.");
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        try
        {
            await target.StreamAsync(new ContractChat("Count to a thousand.") { Model = stalling }, _ => leaving.Cancel(), leaving.Token);
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            if (target.ProviderSawLeavingAsync(cancelled) is not { } seen) throw new ContractSkipException("What the provider sees cannot be told.");
            await seen.WaitAsync(TimeSpan.FromSeconds(30), cancelled);
            return "";
        }

        throw new ContractFailedException("The stream ended although its caller had left.");
    }

    private static ContractChat Long() => new("Write a long story about the sea.") { MaxTokens = 8 };
}
