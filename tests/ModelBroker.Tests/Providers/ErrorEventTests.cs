using Microsoft.AspNetCore.Http;
using Slipway.ModelBroker.Tests.Support;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests.Providers;

/// <summary>Errors that an OpenAI-compatible provider tells in its stream, whose head has said 200.</summary>
public sealed class ErrorEventTests
{
    [Theory]
    // OpenAI and Azure: words.
    [InlineData("""{"error":{"message":"m","type":"server_error","param":null,"code":null}}""", "upstream_error")]
    [InlineData("""{"error":{"message":"m","type":"tokens","param":null,"code":"rate_limit_exceeded"}}""", "rate_limit_exceeded")]
    [InlineData("""{"error":{"message":"m","type":"tokens","param":null,"code":null}}""", "rate_limit_exceeded")]
    [InlineData("""{"error":{"message":"m","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""", "insufficient_quota")]
    [InlineData("""{"error":{"message":"m","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""", "context_length_exceeded")]
    [InlineData("""{"error":{"message":"m","type":null,"param":"prompt","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", "content_filter")]
    [InlineData("""{"error":{"message":"m","type":null,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", "content_filter")]
    [InlineData("""{"error":{"message":"m","type":"authentication_error","code":"invalid_api_key"}}""", "upstream_auth")]
    [InlineData("""{"error":{"message":"m","type":"service_unavailable_error","code":null}}""", "upstream_unavailable")]
    // OpenRouter, vLLM, SGLang, llama.cpp and LiteLLM: the status as a number or digits.
    [InlineData("""{"id":"c1","choices":[{"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"m"}}""", "upstream_error")]
    [InlineData("""{"error":{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}}""", "invalid_request")]
    [InlineData("""{"error":{"object":"error","message":"m","type":"TOO_MANY_REQUESTS","param":null,"code":429}}""", "rate_limit_exceeded")]
    [InlineData("""{"error":{"code":400,"message":"m","type":"exceed_context_size_error"}}""", "context_length_exceeded")]
    [InlineData("""{"error":{"message":"m","type":"None","param":"None","code":"504"}}""", "upstream_timeout")]
    // Groq.
    [InlineData("""{"error":{"message":"m","type":"over_capacity","status_code":503}}""", "upstream_unavailable")]
    // No words that are known, and no object.
    [InlineData("""{"error":{}}""", "upstream_error")]
    [InlineData("""{"error":"out of memory"}""", "upstream_error")]
    public async Task An_error_after_text_is_told_by_its_class(string told, string code)
    {
        await using var provider = ScriptedProvider.Streaming([ScriptedProvider.Chunk("Hi"), told, ScriptedProvider.Done]);
        await using var broker = BrokerHost.For(provider.BaseUrl);

        Assert.Equal(code, (await broker.RefusalAsync(BrokerHost.Ask(), stream: true)).Code);
        Assert.Single(provider.Bodies);
    }

    [Fact]
    public async Task An_error_that_is_null_is_none()
    {
        string[] events = [ScriptedProvider.Chunk("Hi")[..^1] + ""","error":null}""", ScriptedProvider.Chunk(null, "stop"), ScriptedProvider.UsageChunk, ScriptedProvider.Done];
        await using var provider = ScriptedProvider.Streaming(events);
        await using var broker = BrokerHost.For(provider.BaseUrl);
        Assert.Equal("Hi", string.Concat((await broker.StreamAsync(BrokerHost.Ask())).Select(item => item.Text)));
    }

    [Fact]
    public async Task Before_the_first_text_a_server_error_is_asked_again_and_a_filter_s_refusal_is_not()
    {
        var asked = 0;
        await using var ill = new ScriptedProvider(async context =>
        {
            if (Interlocked.Increment(ref asked) > 1)
            {
                await ScriptedProvider.SayAsync(context, "Hi.");
                return;
            }

            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("""data: {"error":{"message":"m","type":"server_error"}}""" + "\n\n");
        });
        await using var first = BrokerHost.For(ill.BaseUrl);
        Assert.Equal("Hi.", string.Concat((await first.StreamAsync(BrokerHost.Ask())).Select(item => item.Text)));
        Assert.Equal(2, asked);

        await using var strict = ScriptedProvider.Streaming(["""{"error":{"message":"m","code":"content_filter"}}"""]);
        await using var second = BrokerHost.For(strict.BaseUrl);
        Assert.Equal("content_filter", (await second.RefusalAsync(BrokerHost.Ask(), stream: true)).Code);
        Assert.Single(strict.Bodies);
    }

    [Theory]
    [InlineData("content_filter", false)]
    [InlineData("server_error", true)]
    public async Task An_answer_that_the_filter_broke_off_is_gone_on_with_by_nobody(string told, bool goneOnWith)
    {
        await using var first = ScriptedProvider.Streaming([ScriptedProvider.Chunk("Hi "), """{"error":{"message":"m","code":"told"}}""".Replace("told", told, StringComparison.Ordinal)]);
        await using var second = ScriptedProvider.Saying("there.");
        using var assets = new TempFolder();
        await using var broker = BrokerHost.With(null, assets, ("first", first, ""), ("second", second, ", \"assistantPrefill\": true"));

        if (goneOnWith) Assert.Equal("Hi there.", string.Concat((await broker.StreamAsync(BrokerHost.Ask(model: "answer"))).Select(item => item.Text)));
        else Assert.Equal("content_filter", (await broker.RefusalAsync(BrokerHost.Ask(model: "answer"), stream: true)).Code);
        Assert.Equal(goneOnWith ? 1 : 0, second.Bodies.Count);
    }
}
