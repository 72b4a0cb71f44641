using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Tests.Support;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

/// <summary>Classifications through the broker as a whole, with the simulator as the provider.</summary>
public sealed class ClassifyTests : IAsyncLifetime
{
    private readonly SimHost _sim = new();
    private readonly BrokerHost _broker;

    public ClassifyTests() => _broker = BrokerHost.For(_sim.BaseUrl);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        await _sim.DisposeAsync();
    }

    [Fact]
    public async Task Many_small_calls_become_few_chats_and_each_gets_its_own_label_and_share()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => AskAsync(Request($"The {(i % 2 == 0 ? "refund" : "login")} of customer {i}"))));

        Assert.Equal(Enumerable.Range(0, 60).Select(i => i % 2 == 0 ? "refund" : "login"), replies.Select(reply => reply.Labels.Single()));
        var seen = await _sim.Log.EndedAsync(Cancellation);
        Assert.InRange(seen.Count, 2, 30);
        Assert.Equal(seen.Sum(entry => entry.PromptTokens), replies.Sum(reply => reply.Usage.PromptTokens));
        Assert.Equal(seen.Sum(entry => entry.TokensSent), replies.Sum(reply => reply.Usage.CompletionTokens));
        Assert.Equal(seen.Sum(entry => (entry.PromptTokens * 2e-6) + (entry.TokensSent * 8e-6)), replies.Sum(reply => reply.CostUsd), 9);
    }

    [Fact]
    public async Task Without_a_model_the_small_one_or_the_answering_one_classifies_and_never_one_that_only_quotes()
    {
        var reply = await AskAsync(new ClassifyRequest(Request("a login")) { Model = "" });
        Assert.Equal(("sim", "login"), (reply.Model, reply.Labels.Single()));
        var error = await RefusalAsync(new ClassifyRequest(Request("a login")) { Model = "extractive" });
        Assert.Equal((StatusCode.InvalidArgument, "model"), (error.Status, error.Param));
        Assert.Equal((StatusCode.NotFound, "model_not_found"), (await RefusalAsync(new ClassifyRequest(Request("a")) { Model = "none" }) is var missing ? missing.Status : default, missing.Code));
    }

    [Fact]
    public async Task A_model_that_answers_with_other_json_is_told_as_such_after_the_second_try()
    {
        await using var broker = BrokerHost.For(_sim.BaseUrl, "sim:wrong-json");
        var error = ServiceError.From(await Assert.ThrowsAsync<RpcException>(() => broker.Client.ClassifyAsync(new ClassifyRequest(Request("a login")) { Model = "sim:wrong-json" }, cancellationToken: Cancellation).ResponseAsync))!;
        Assert.Equal((StatusCode.Internal, "classification_failed", "input[0]"), (error.Status, error.Code, error.Param));
        Assert.Equal(2, _sim.Log.Since(0).Count);
    }

    [Fact]
    public async Task A_provider_that_fails_once_is_asked_again_as_for_any_call()
    {
        await using var broker = BrokerHost.For(_sim.BaseUrl, "sim:status=500*1");
        Assert.Equal("login", (await broker.Client.ClassifyAsync(new ClassifyRequest(Request("a login")) { Model = "sim:status=500*1" }, cancellationToken: Cancellation)).Labels.Single());
        Assert.Equal(["refused", "completed"], (await _sim.Log.EndedAsync(Cancellation)).Select(entry => entry.Outcome));
    }

    [Fact]
    public async Task Wrong_requests_are_refused_by_field_and_limit_before_anybody_is_asked()
    {
        (ClassifyRequest Request, string Param)[] cases =
        [
            (Request(), "input"), (Request([.. Enumerable.Repeat("x", 257)]), "input"), (Request("a", ""), "input[1]"), (Request(new string('x', 32_769)), "input[0]"),
            (new ClassifyRequest { Texts = { "a" }, Labels = { "one" } }, "labels"), (new ClassifyRequest { Texts = { "a" }, Labels = { Enumerable.Range(0, 101).Select(i => $"{i}") } }, "labels"),
            (new ClassifyRequest { Texts = { "a" }, Labels = { "one", "" } }, "labels[1]"), (new ClassifyRequest { Texts = { "a" }, Labels = { "one", "two", "one" } }, "labels[2]"),
            (new ClassifyRequest { Texts = { "a" }, Labels = { "one", new string('x', 101) } }, "labels[1]"), (new ClassifyRequest(Request("a")) { Instructions = new string('x', 8_193) }, "instructions"),
        ];
        foreach (var (request, param) in cases)
        {
            var error = await RefusalAsync(request);
            Assert.Equal((StatusCode.InvalidArgument, "invalid_value", param), (error.Status, error.Code, error.Param));
        }

        Assert.Empty(_sim.Log.Since(0));
    }

    private static ClassifyRequest Request(params string[] texts) => new() { Tenant = "dev", RequestId = "r1", Model = "sim", Texts = { texts }, Labels = { "other", "refund", "login" } };

    private async Task<ClassifyResponse> AskAsync(ClassifyRequest request) => await _broker.Client.ClassifyAsync(request, cancellationToken: Cancellation);

    private async Task<ServiceError> RefusalAsync(ClassifyRequest request) => ServiceError.From(await Assert.ThrowsAsync<RpcException>(() => AskAsync(request)))!;
}
