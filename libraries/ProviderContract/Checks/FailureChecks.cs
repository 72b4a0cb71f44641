namespace Slipway.ProviderContract.Checks;

/// <summary>Failures, by class.</summary>
internal static class FailureChecks
{
    /// <summary>Longer windows are not filled: the prompt would be megabytes, and some providers charge for it.</summary>
    private const int MostWindow = 200_000;

    public static readonly ContractCheck[] All =
    [
        new("unknown-model", "A model that does not exist is refused with model_not_found.", UnknownAsync),
        new("context-length", "A prompt beyond the window is refused with context_length_exceeded.", WindowAsync),
        new("rate-limit", "A rate limit is told as rate_limit_exceeded, with the wait that the provider asks for.", RateLimitAsync),
        new("cut-stream", "A stream that breaks off is a failure, not an answer.", (target, cancelled) => FailsAsync(target, "cut=3", cancelled)),
        new("no-finish", "A stream that ends without finish reason is a failure, not an answer.", (target, cancelled) => FailsAsync(target, "no-finish", cancelled)),
        new("error-in-stream", "An error in a stream is a failure told by its class, not an answer and not a cut one.", ErrorAsync),
        new("malformed-chunk", "A chunk that is no JSON is passed over, and the answer is whole.", MalformedAsync),
        new("no-done", "A stream without the mark of its end is whole, and is not waited for.", NoDoneAsync),
    ];

    private static async Task<string> UnknownAsync(IContractTarget target, CancellationToken cancelled)
    {
        var refusal = await Expect.RefusalAsync(() => target.ChatAsync(new ContractChat("Hello.") { Model = "no-such-model-b7f0" }, cancelled));
        Expect.That(refusal.Code is "model_not_found" or "upstream_model_not_found", $"The code is '{refusal.Code}'.");
        return "";
    }

    private static async Task<string> WindowAsync(IContractTarget target, CancellationToken cancelled)
    {
        if (target.ContextWindow is not { } window) throw new ContractSkipException("The model's window is not known.");
        if (window > MostWindow) throw new ContractSkipException($"The window of {window} tokens is more than the {MostWindow} that are tried.");
        var prompt = string.Concat(Enumerable.Repeat(" word", window + (window / 4)));
        var refusal = await Expect.RefusalAsync(() => target.ChatAsync(new ContractChat(prompt), cancelled));
        Expect.That(refusal.Code == "context_length_exceeded", $"The code is '{refusal.Code}'.");
        return "";
    }

    private static async Task<string> RateLimitAsync(IContractTarget target, CancellationToken cancelled)
    {
        var limited = Failing(target, "rate-limit-seconds=600");
        foreach (var ask in (Func<ContractChat, Task>[])[chat => target.ChatAsync(chat, cancelled), chat => target.StreamAsync(chat, _ => { }, cancelled)])
        {
            var refusal = await Expect.RefusalAsync(() => ask(new ContractChat("Hello.") { Model = limited }));
            Expect.That(refusal.Code == "rate_limit_exceeded", $"The code is '{refusal.Code}'.");
            Expect.That(refusal.RetryAfter > TimeSpan.Zero && refusal.RetryAfter <= TimeSpan.FromSeconds(600), $"The wait is {refusal.RetryAfter}, not 600 s at most.");
        }

        return "";
    }

    private static async Task<string> FailsAsync(IContractTarget target, string fault, CancellationToken cancelled)
    {
        var failing = Failing(target, fault);
        var refusal = await Expect.RefusalAsync(() => target.StreamAsync(new ContractChat("Hello.") { Model = failing }, _ => { }, cancelled));
        return refusal.Code;
    }

    private static async Task<string> ErrorAsync(IContractTarget target, CancellationToken cancelled)
    {
        var code = await FailsAsync(target, "error-event=3", cancelled);
        Expect.That(code != "upstream_cut", $"The code is '{code}'.");
        return code;
    }

    private static async Task<string> MalformedAsync(IContractTarget target, CancellationToken cancelled)
    {
        var failing = Failing(target, "malformed=3");
        Expect.IsAnswer(await target.StreamAsync(new ContractChat("Hello.") { Model = failing }, _ => { }, cancelled));
        return "";
    }

    private static async Task<string> NoDoneAsync(IContractTarget target, CancellationToken cancelled)
    {
        var open = Failing(target, "no-done+stay-open");
        var answer = target.StreamAsync(new ContractChat("Hello.") { Model = open }, _ => { }, cancelled);
        Expect.IsAnswer(await answer.WaitAsync(TimeSpan.FromSeconds(30), cancelled));
        return "";
    }

    private static string Failing(IContractTarget target, string fault) =>
        target.Failing(fault) ?? throw new ContractSkipException("The provider does not fail on demand.");
}
