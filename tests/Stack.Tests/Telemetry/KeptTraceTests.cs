using System.Diagnostics;
using System.Net.Http.Json;
using Slipway.Testing;
using Slipway.Testing.Telemetry;

namespace Slipway.Stack.Tests.Telemetry;

/// <summary>A stack of which no trace is sampled: those that matter are sent all the same, whole.</summary>
[Collection("One stack at a time")]
[Trait("Category", "Slow")]
public sealed class KeptTraceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_trace_of_an_answer_with_a_low_confidence_comes_from_every_service_that_took_part()
    {
        using var data = new TempFolder();
        await using var sink = await OtlpSink.StartAsync(Token);
        await using var stack = await AppHostProcess.StartAsync(
            data.Path,
            [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0"),
                ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ],
            Token);
        using var client = stack.Client();

        var trace = ActivityTraceId.CreateRandom();
        var reply = await AskAsync(client, "Which colour has the umbrella of the lighthouse keeper's aunt?", trace);
        Assert.True(reply.Status == 200 && reply.Json.TryGetProperty("review", out _), reply.Text);
        // The sink has no other signal than what has come.
        await Eventually(() => Array.TrueForAll(["edge", "assistant", "cache", "retrieval", "prompts"], service => sink.HasSpans(service, trace)));
    }

    private static async Task<Reply> AskAsync(HttpClient client, string question, ActivityTraceId trace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/answers") { Content = JsonContent.Create(new { question }) };
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-00");
        using var response = await client.SendAsync(request, Token);
        return await Reply.ReadAsync(response, Token);
    }

    private static async Task Eventually(Func<bool> done)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!done()) await timer.WaitForNextTickAsync(limit.Token);
    }
}
