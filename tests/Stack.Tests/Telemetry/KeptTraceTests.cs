using System.Diagnostics;
using System.Net.Http.Json;
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
    public async Task The_traces_of_answers_with_a_low_confidence_come_from_every_service_that_took_part()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        // Of a late request not every service is asked.
        await using var patient = new PatientStack();
        var stack = await patient.GetWithAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"));
        using var client = stack.Client();

        var (whole, stream) = (ActivityTraceId.CreateRandom(), ActivityTraceId.CreateRandom());
        var reply = await AskAsync(client, "/v1/answers", new { question = "Which colour has the umbrella of the lighthouse keeper's aunt?" }, whole);
        Assert.Contains("\"review\"", reply, StringComparison.Ordinal);
        // Its headers have left before anybody knows how it ends.
        object[] messages = [new { role = "user", content = "Which colour has the bicycle of the lighthouse keeper's uncle?" }];
        Assert.EndsWith("data: [DONE]\n\n", await AskAsync(client, "/v1/chat/completions", new { model = "assistant", stream = true, messages }, stream), StringComparison.Ordinal);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Limit);
        foreach (var service in (string[])["edge", "assistant", "cache", "retrieval", "prompts", "model-broker"]) await sink.UntilAsync(() => sink.HasSpans(service, whole) && sink.HasSpans(service, stream), limit.Token);
    }

    private static async Task<string> AskAsync(HttpClient client, string path, object body, ActivityTraceId trace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-00");
        using var response = await client.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.False(response.Headers.Contains("x-slipway-degraded"), text);
        return text;
    }
}
