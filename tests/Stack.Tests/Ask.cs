using System.Net.Http.Json;
using System.Text.Json;

namespace Slipway.Stack.Tests;

/// <summary>Questions to a stack over plain HTTP.</summary>
internal static class Ask
{
    public static async Task<Reply> AnswerAsync(this HttpClient client, string question, CancellationToken cancellationToken, bool fresh = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/answers") { Content = JsonContent.Create(new { question }) };
        if (fresh) request.Headers.CacheControl = new() { NoStore = true };
        using var response = await client.SendAsync(request, cancellationToken);
        return await Reply.ReadAsync(response, cancellationToken);
    }

    /// <summary>Asks until the reply is as wanted. Polls, because what is waited for (a process that comes back) has no other signal to the outside.</summary>
    public static async Task<Reply> UntilAsync(Func<Task<Reply>> ask, Func<Reply, bool> wanted, string what, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        Reply? last = null;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        do
        {
            last = await ask();
            if (wanted(last)) return last;
        }
        while (await WaitAsync(timer, timeout.Token));

        throw new TimeoutException($"{what} did not happen within {limit}. The last reply: {last.Status} {(last.Text.Length > 2000 ? last.Text[..2000] + "…" : last.Text)}");
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

/// <summary>What came back.</summary>
internal sealed record Reply(int Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string Answer => Json.GetProperty("answer").GetString()!;

    public string[] CitedDocuments => [.. Json.GetProperty("citations").EnumerateArray().Select(citation => citation.GetProperty("document_id").GetString()!)];

    public bool HasStage(string stage) => Headers.GetValueOrDefault("server-timing", "").Contains(stage + ";dur=", StringComparison.Ordinal);

    public string Degraded => Headers.GetValueOrDefault("x-slipway-degraded", "");

    public static async Task<Reply> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(", ", header.Value));
        return new Reply((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken), headers);
    }

    /// <summary>Whether the reply is OpenAI's error shape and nothing else.</summary>
    public bool IsErrorShape(string? code = null)
    {
        try
        {
            var error = Json.GetProperty("error");
            return error.GetProperty("message").GetString()!.Length > 0
                && error.GetProperty("type").GetString()!.Length > 0
                && error.TryGetProperty("param", out _)
                && (code is null || error.GetProperty("code").GetString() == code);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException)
        {
            return false;
        }
    }
}
