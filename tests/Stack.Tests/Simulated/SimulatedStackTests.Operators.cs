using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Cli;

namespace Slipway.Stack.Tests.Simulated;

/// <summary>What an operator sees of the stack with <c>slipway top</c> and <c>slipway trace</c>.</summary>
public sealed partial class SimulatedStackTests
{
    private static readonly string[] Stages = ["gateway", "flags", "cache", "retrieval", "prompt", "model", "post", "record"];

    [Fact]
    public async Task Top_shows_stages_against_budgets_tenants_models_cache_cost_and_degradations_and_trace_shows_one_of_the_requests()
    {
        var stack = await StackAsync();
        using var client = stack.Client();
        var asked = 0;
        // None twice: an answer from the cache has few stages.
        var whole = await AnsweredAsync(() => client.AnswerAsync(Question(++asked), Token), reply => reply.Degraded.Length == 0 && Stages.All(reply.HasStage));
        await AnsweredAsync(() => client.AnswerAsync(Question(asked), Token), reply => reply.Headers["x-slipway-cache"] == "output");
        var streamed = await StreamedAsync(client);
        var degraded = await DegradedAsync(stack, client);
        using var refused = await client.PostAsJsonAsync("/v1/answers", new { question = 42 }, Token);
        Assert.Equal(400, (int)refused.StatusCode);

        // Records are sent in the background, in order: the last one says that all are there.
        var snapshot = (await Ask.UntilAsync(
            async () => await SlipwayAsync(stack, "top", "--json"),
            reply => reply.Status == 0 && Total(reply.Json).GetProperty("failures").GetProperty("by_code").TryGetProperty("invalid_type", out _), "A snapshot with every request", Limit, Token)).Json;

        var answers = snapshot.GetProperty("kpis_by_route").GetProperty("groups").EnumerateArray().Single(group => group.GetProperty("route").GetString() == "answers").GetProperty("figures");
        var budgets = snapshot.GetProperty("slo").GetProperty("routes").EnumerateArray().Single(route => route.GetProperty("route").GetString() == "default").GetProperty("objectives").EnumerateArray()
            .ToDictionary(objective => objective.GetProperty("objective").GetString()!, objective => objective.GetProperty("target").GetDouble());
        foreach (var stage in Stages)
        {
            Assert.True(answers.GetProperty("stages").GetProperty(stage).GetProperty("p95_ms").GetDouble() >= 0, stage);
            Assert.True(budgets[stage] > 0, stage);
        }

        Assert.Equal("dev", Assert.Single(snapshot.GetProperty("kpis_by_tenant").GetProperty("groups").EnumerateArray()).GetProperty("tenant").GetString());
        Assert.Contains(snapshot.GetProperty("models").EnumerateArray(), model => model.GetProperty("model").GetString() == "sim");
        var total = Total(snapshot);
        Assert.True(total.GetProperty("streams").GetInt64() >= 1);
        Assert.True(total.GetProperty("cost_usd").GetDouble() > 0 && total.GetProperty("cost_usd_per_1000_requests").GetDouble() > 0);
        Assert.True(total.GetProperty("cache").GetProperty("output").GetProperty("hits").GetInt64() >= 1);
        Assert.True(total.GetProperty("degraded").GetProperty("by_rung").GetProperty("retrieval=keyword").GetInt64() >= 1);

        var trace = await SlipwayAsync(stack, "trace", Id(whole));
        Assert.True(trace.Status == 0, trace.Text);
        foreach (var shown in (string[])[Id(whole), "dev", "model sim", "without model", "end to end", "20,000.0", .. Stages]) Assert.Contains(shown, trace.Text, StringComparison.Ordinal);
        Assert.Contains("retrieval=keyword", (await SlipwayAsync(stack, "trace", Id(degraded))).Text, StringComparison.Ordinal);
        var stages = (await SlipwayAsync(stack, "trace", Id(streamed), "--json")).Json;
        Assert.True(stages.GetProperty("request").GetProperty("stream").GetBoolean());
        Assert.All(stages.GetProperty("stages").EnumerateArray(), step => Assert.True(step.GetProperty("budget_ms").GetDouble() > 0));
        Assert.Equal(Stages, stages.GetProperty("stages").EnumerateArray().Select(step => step.GetProperty("stage").GetString()));
    }

    private static JsonElement Total(JsonElement snapshot) => snapshot.GetProperty("kpis_by_route").GetProperty("total");

    private static string Id(Reply reply) => reply.Headers["x-slipway-request-id"];

    private static string Question(int number) => string.Create(CultureInfo.InvariantCulture, $"What does database number {number} hold?");

    private static Task<Reply> AnsweredAsync(Func<Task<Reply>> ask, Func<Reply, bool> wanted) =>
        Ask.UntilAsync(ask, reply => reply.Status == 200 && wanted(reply), "An answer as wanted", Limit, Token);

    /// <summary>A stream that goes through every stage.</summary>
    private static async Task<Reply> StreamedAsync(HttpClient client)
    {
        var body = new { model = "assistant", stream = true, messages = (object[])[new { role = "user", content = "Which process owns the database?" }] };
        using var response = await client.PostAsJsonAsync("/v1/chat/completions", body, Token);
        var reply = await Reply.ReadAsync(response, Token);
        Assert.Equal(200, reply.Status);
        Assert.Contains("data: [DONE]", reply.Text, StringComparison.Ordinal);
        return reply;
    }

    private static async Task<Reply> DegradedAsync(AppHostProcess stack, HttpClient client)
    {
        var pid = stack.PidOf("vectors");
        AppHostProcess.Signal(pid, "STOP");
        try
        {
            return await AnsweredAsync(() => client.AnswerAsync("What are budgets for?", Token, fresh: true), reply => reply.Degraded.Contains("retrieval=keyword", StringComparison.Ordinal));
        }
        finally
        {
            AppHostProcess.Signal(pid, "CONT");
        }
    }

    /// <summary>Runs the command line; the status is its exit code.</summary>
    private static async Task<Reply> SlipwayAsync(AppHostProcess stack, params string[] command)
    {
        using StringWriter output = new(), errors = new();
        var code = await CommandLine.RunAsync([.. command, "--edge", stack.Edge.AbsoluteUri, "--key", "sk-slipway-dev"], output, errors);
        return new Reply(code, output.ToString() + errors, new Dictionary<string, string>());
    }
}
