using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers;
using Slipway.ModelBroker.Tests.Support;

namespace Slipway.ModelBroker.Tests;

/// <summary>Providers that fail, each in its own way.</summary>
public sealed class ProviderFailureTests
{
    [Theory]
    [InlineData(429, """{"error":{"code":"insufficient_quota"}}""", StatusCode.ResourceExhausted, "insufficient_quota")]
    [InlineData(401, """{"error":{"code":"invalid_api_key","message":"Incorrect API key provided: sk-secret-0123456789."}}""", StatusCode.Internal, "upstream_auth")]
    [InlineData(402, "{}", StatusCode.Internal, "upstream_auth")]
    [InlineData(403, "<html>", StatusCode.Internal, "upstream_auth")]
    [InlineData(404, """{"error":{"code":"model_not_found"}}""", StatusCode.Internal, "upstream_model_not_found")]
    [InlineData(400, """{"error":{"code":"context_length_exceeded","message":"m","param":"messages"}}""", StatusCode.InvalidArgument, "context_length_exceeded")]
    [InlineData(400, """{"error":{"type":"exceed_context_size_error","code":400,"message":"m"}}""", StatusCode.InvalidArgument, "context_length_exceeded")]
    [InlineData(400, """{"error":{"code":"content_filter","message":"m"}}""", StatusCode.InvalidArgument, "content_filter")]
    [InlineData(400, """{"error":{"code":null,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", StatusCode.InvalidArgument, "content_filter")]
    [InlineData(400, """{"error":{"code":"unsupported_value","message":"'temperature' must be 1","param":"temperature"}}""", StatusCode.InvalidArgument, "unsupported_value")]
    [InlineData(400, """{"error":{"message":"maximum context length exceeded, says the text alone"}}""", StatusCode.InvalidArgument, "invalid_request")]
    [InlineData(413, "", StatusCode.InvalidArgument, "request_too_large")]
    [InlineData(408, "", StatusCode.DeadlineExceeded, "upstream_timeout")]
    [InlineData(500, """{"error":{"message":"stack trace at host db-7"}}""", StatusCode.Unavailable, "upstream_error")]
    [InlineData(502, "", StatusCode.Unavailable, "upstream_error")]
    [InlineData(503, "", StatusCode.Unavailable, "upstream_unavailable")]
    [InlineData(504, "", StatusCode.DeadlineExceeded, "upstream_timeout")]
    [InlineData(302, "", StatusCode.Unavailable, "upstream_error")]
    [InlineData(200, "not json", StatusCode.Unavailable, "upstream_error")]
    public async Task Failures_are_told_by_class_and_without_secrets(int status, string body, StatusCode expected, string code)
    {
        await using var provider = ScriptedProvider.Answering(status, body, ("Location", "http://elsewhere/"));
        await using var broker = BrokerHost.For(provider.BaseUrl, "sim", ("Slipway:Model:ApiKey", "sk-secret-0123456789"));
        foreach (var stream in (bool[])[false, true])
        {
            var error = await broker.RefusalAsync(BrokerHost.Ask(), stream);
            // What is no JSON is no event either: such a stream just ends.
            Assert.Equal((expected, status == 200 && stream ? "upstream_cut" : code), (error.Status, error.Code));
            Assert.DoesNotContain("sk-secret", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("127.0.0.1", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("db-7", error.Message, StringComparison.Ordinal);
        }

        // What may pass at once is tried once more.
        Assert.Equal(expected is StatusCode.Unavailable or StatusCode.DeadlineExceeded ? 4 : 2, provider.Bodies.Count);
        Assert.All(provider.Authorizations, authorization => Assert.Equal("Bearer sk-secret-0123456789", authorization));
    }

    [Fact]
    public async Task A_wrong_field_is_passed_on_with_its_name()
    {
        await using var provider = ScriptedProvider.Answering(400, """{"error":{"code":"unsupported_value","message":"'temperature' must be 1","param":"temperature"}}""");
        await using var broker = BrokerHost.For(provider.BaseUrl);
        var error = await broker.RefusalAsync(BrokerHost.Ask());
        Assert.Equal(("temperature", "'temperature' must be 1"), (error.Param, error.Message));
    }

    [Theory]
    [InlineData("Retry-After", "7", 7000)]
    [InlineData("Retry-After", "0.25", 250)]
    [InlineData("retry-after-ms", "120", 120)]
    [InlineData("Retry-After", "Thu, 01 Jan 2026 00:00:30 GMT", 30000)]
    [InlineData("Retry-After", "Wed, 01 Jan 2020 00:00:30 GMT", 0)]
    [InlineData("Retry-After", "999999", 3600000)]
    [InlineData("Retry-After", "soon", null)]
    public async Task The_wait_that_a_provider_asks_for_is_read(string header, string value, int? milliseconds)
    {
        await using var provider = ScriptedProvider.Answering(429, "{}", (header, value));
        using var clients = new ProviderClients();
        var entry = new CatalogModel("sim", new ModelEntry { ContextWindow = 8192 }, new CatalogProvider("p", false, new Uri(provider.BaseUrl), null, TimeSpan.FromSeconds(120), "max_tokens"));
        var model = clients.Chat(entry, new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        var failure = await Assert.ThrowsAsync<ModelException>(() => model.CompleteAsync(BrokerHost.Ask(), TestContext.Current.CancellationToken));
        Assert.Equal((FailureKind.RateLimited, milliseconds), (failure.Kind, (int?)failure.Error.RetryAfter?.TotalMilliseconds));
    }

    [Theory]
    [InlineData("""{"error":{"code":"rate_limit_exceeded","message":"slow"}}""")]
    [InlineData("busy")]
    public async Task A_wait_that_does_not_fit_is_passed_on_and_not_asked_for_again(string body)
    {
        await using var provider = ScriptedProvider.Answering(429, body, ("Retry-After", "3000"));
        await using var broker = BrokerHost.For(provider.BaseUrl);
        var error = await broker.RefusalAsync(BrokerHost.Ask());
        Assert.Equal((StatusCode.ResourceExhausted, "rate_limit_exceeded", TimeSpan.FromSeconds(3000)), (error.Status, error.Code, error.RetryAfter));
        Assert.Single(provider.Bodies);
    }

    [Fact]
    public async Task A_provider_that_is_not_there_is_unavailable()
    {
        string address;
        await using (var provider = ScriptedProvider.Answering(200, "{}")) address = provider.BaseUrl;
        await using var broker = BrokerHost.For(address);
        foreach (var stream in (bool[])[false, true])
        {
            var error = await broker.RefusalAsync(BrokerHost.Ask(), stream);
            Assert.Equal((StatusCode.Unavailable, "upstream_unavailable"), (error.Status, error.Code));
        }
    }

    [Fact]
    public async Task A_connection_that_is_reset_before_the_answer_is_unavailable()
    {
        await using var provider = new ScriptedProvider(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var broker = BrokerHost.For(provider.BaseUrl);
        foreach (var stream in (bool[])[false, true]) Assert.Equal("upstream_unavailable", (await broker.RefusalAsync(BrokerHost.Ask(), stream)).Code);
        Assert.Equal(4, provider.Bodies.Count);
    }

    [Fact]
    public async Task A_whole_answer_brings_cached_tokens_and_their_price()
    {
        await using var provider = ScriptedProvider.Answering(200, ScriptedProvider.Whole);
        await using var broker = BrokerHost.For(provider.BaseUrl, "sim", ("Slipway:Model:CachedInputCostPerToken", "0.000001"));
        var reply = await broker.CompleteAsync(BrokerHost.Ask());
        Assert.Equal(("Hi.", "c1", "sim-2026", "fp_1", 40), (reply.Text, reply.Id, reply.ProviderModel, reply.Fingerprint, reply.Usage.CachedPromptTokens));
        Assert.Equal(60 * 2e-6 + 40 * 1e-6 + 10 * 8e-6, reply.CostUsd, 12);
        Assert.Equal([""], provider.Authorizations);
    }

    [Fact]
    public async Task An_answer_without_usage_is_counted_here_and_marked()
    {
        await using var provider = ScriptedProvider.Answering(200, ScriptedProvider.Whole[..ScriptedProvider.Whole.IndexOf(",\"usage\"", StringComparison.Ordinal)] + "}");
        await using var broker = BrokerHost.For(provider.BaseUrl);
        var reply = await broker.CompleteAsync(BrokerHost.Ask());
        Assert.True(reply.Usage is { Estimated: true, PromptTokens: > 5, CompletionTokens: 2 });
        Assert.True(reply.CostUsd > 0);
    }

    [Fact]
    public async Task A_stream_without_usage_or_done_is_whole_and_counted_here()
    {
        await using var provider = ScriptedProvider.Streaming([ScriptedProvider.Chunk("Hi"), ScriptedProvider.Chunk("."), ScriptedProvider.Chunk(null, "stop")]);
        await using var broker = BrokerHost.For(provider.BaseUrl);
        var completed = (await broker.StreamAsync(BrokerHost.Ask()))[^1].Completed;
        Assert.True(completed is { FinishReason: "stop", Usage: { Estimated: true, CompletionTokens: 2 } });
    }

    [Fact]
    public async Task A_stream_whose_end_never_comes_is_not_waited_for_once_it_is_whole()
    {
        await using var provider = ScriptedProvider.Streaming(
            [ScriptedProvider.Chunk("Hi."), ScriptedProvider.Chunk(null, "stop")], context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var broker = BrokerHost.For(provider.BaseUrl);
        Assert.Equal("stop", (await broker.StreamAsync(BrokerHost.Ask()))[^1].Completed.FinishReason);
    }

    [Fact]
    public async Task A_stream_with_usage_is_over_without_done()
    {
        await using var provider = ScriptedProvider.Streaming(
            [ScriptedProvider.Chunk("Hi."), ScriptedProvider.Chunk(null, "stop"), ScriptedProvider.UsageChunk], context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var broker = BrokerHost.For(new FakeTimeProvider(), provider.BaseUrl);
        Assert.Equal(100, (await broker.StreamAsync(BrokerHost.Ask()))[^1].Completed.Usage.PromptTokens);
    }

    [Theory]
    [InlineData("ended")]
    [InlineData("done")]
    [InlineData("reset")]
    [InlineData("malformed")]
    [InlineData("error")]
    public async Task A_stream_that_ends_before_its_finish_reason_is_never_a_success(string how)
    {
        List<string> events = [ScriptedProvider.Chunk("To roll "), ScriptedProvider.Chunk("back")];
        if (how == "done") events.Add(ScriptedProvider.Done);
        if (how == "malformed") events.Add("{\"choices\":[{\"del");
        if (how == "error") events.Add("""{"error":{"message":"overloaded","code":"server_error"}}""");
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var provider = ScriptedProvider.Streaming(events, async context =>
        {
            if (how != "reset") return;
            // A reset may overtake what was sent before it.
            await read.Task;
            context.Abort();
        });
        await using var broker = BrokerHost.For(provider.BaseUrl);
        using var call = broker.Client.CompleteStream(BrokerHost.Ask(), cancellationToken: TestContext.Current.CancellationToken);
        var text = "";
        var exception = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var item in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
            {
                Assert.Null(item.Completed);
                text += item.Text;
                if (text == "To roll back") read.SetResult();
            }
        });
        Assert.Equal("To roll back", text);
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Equal(how == "error" ? "upstream_error" : "upstream_cut", Slipway.Contracts.ServiceError.From(exception)!.Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_provider_that_says_nothing_is_given_up_after_its_limit(bool stream)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var provider = new ScriptedProvider(async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            arrived.SetResult();
            await left.Task;
        });
        var time = new FakeTimeProvider();
        await using var broker = BrokerHost.For(time, provider.BaseUrl, "sim", ("Slipway:Model:TimeoutSeconds", "30"));
        var refusal = broker.RefusalAsync(BrokerHost.Ask(), stream);
        await arrived.Task.WaitAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(31));
        var error = await refusal;
        Assert.Equal((StatusCode.DeadlineExceeded, "upstream_timeout"), (error.Status, error.Code));
        await left.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Failures_of_embeddings_are_classified_too()
    {
        await using var provider = ScriptedProvider.Answering(429, "{}", ("Retry-After", "300"));
        await using var broker = new BrokerHost(("Slipway:EmbeddingModel:Name", "e"), ("Slipway:EmbeddingModel:BaseUrl", provider.BaseUrl));
        var request = new Contracts.EmbeddingsRequest { Model = "e", Texts = { "x" } };
        var exception = await Assert.ThrowsAsync<RpcException>(() => broker.Client.EmbedAsync(request, cancellationToken: TestContext.Current.CancellationToken).ResponseAsync);
        Assert.Equal(("rate_limit_exceeded", TimeSpan.FromSeconds(300)), (Contracts.ServiceError.From(exception)!.Code, Contracts.ServiceError.From(exception)!.RetryAfter));
        Assert.Single(provider.Bodies);
    }
}
