using System.Text.Json;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Slipway.Contracts;
using Slipway.ModelBroker.Tests.Support;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

/// <summary>The broker between gRPC and a provider that behaves.</summary>
public sealed class SimulatorTests : IAsyncDisposable
{
    private readonly SimHost _sim = new();
    private readonly BrokerHost _broker;

    public SimulatorTests() => _broker = BrokerHost.For(_sim.BaseUrl, "sim", ("Slipway:EmbeddingModel:Name", "sim-embedding"), ("Slipway:EmbeddingModel:InputCostPerToken", "0.00000002"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        await _sim.DisposeAsync();
    }

    [Fact]
    public async Task A_whole_answer_brings_text_usage_cost_and_who_answered()
    {
        var reply = await _broker.CompleteAsync(BrokerHost.Ask(model: "answer"));
        Assert.Equal(("sim", "Slipway:Model", "sim", "fp_slipway_sim_1", "stop"), (reply.Model, reply.Provider, reply.ProviderModel, reply.Fingerprint, reply.FinishReason));
        Assert.StartsWith("chatcmpl-sim", reply.Id, StringComparison.Ordinal);
        Assert.True(reply.Text.Length > 40);
        Assert.Equal(40, reply.Usage.CompletionTokens);
        Assert.True(reply.Usage.PromptTokens > 5 && !reply.Usage.Estimated);
        Assert.Equal(reply.Usage.PromptTokens * 2e-6 + 40 * 8e-6, reply.CostUsd, 12);
    }

    [Fact]
    public async Task A_stream_brings_the_same_in_pieces_and_ends_with_one_completed_event()
    {
        var whole = await _broker.CompleteAsync(BrokerHost.Ask());
        var events = await _broker.StreamAsync(BrokerHost.Ask());
        Assert.True(events.Count > 10);
        Assert.Equal(whole.Text, string.Concat(events.SkipLast(1).Select(item => item.Text)));
        Assert.Single(events, item => item.Completed is not null);
        var completed = events[^1].Completed;
        Assert.Equal(("", "stop", whole.Usage, whole.CostUsd, whole.Fingerprint), (completed.Text, completed.FinishReason, completed.Usage, completed.CostUsd, completed.Fingerprint));
    }

    [Fact]
    public async Task All_settings_reach_the_provider_as_they_were_written()
    {
        const string tools = """[{"type":"function","function":{"name":"search","strict":true,"parameters":{"type":"object","$defs":{"x":{"type":"string"}},"properties":{"q":{"$ref":"#/$defs/x"}},"additionalProperties":false}}}]""";
        var request = BrokerHost.Ask();
        request.Temperature = 0.7;
        request.TopP = 0.9;
        request.MaxOutputTokens = 7;
        request.Seed = long.MaxValue;
        request.FrequencyPenalty = -0.5;
        request.PresencePenalty = 1.5;
        request.User = "u1";
        request.Stop.AddRange(["###", "\n\n"]);
        request.ToolsJson = tools;
        request.ToolChoiceJson = "\"auto\"";
        request.ResponseFormatJson = """{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}}""";
        foreach (var stream in (bool[])[false, true])
        {
            if (stream) await _broker.StreamAsync(request);
            else await _broker.CompleteAsync(request);
            var seen = JsonDocument.Parse(_sim.Log.Since(0)[^1].Body).RootElement;
            Assert.Equal("sim", seen.GetProperty("model").GetString());
            Assert.Equal(0.7, seen.GetProperty("temperature").GetDouble(), 6);
            Assert.Equal(0.9, seen.GetProperty("top_p").GetDouble(), 6);
            Assert.Equal(7, seen.GetProperty("max_tokens").GetInt32());
            Assert.False(seen.TryGetProperty("max_completion_tokens", out _));
            Assert.Equal(long.MaxValue, seen.GetProperty("seed").GetInt64());
            Assert.Equal(-0.5, seen.GetProperty("frequency_penalty").GetDouble(), 6);
            Assert.Equal(1.5, seen.GetProperty("presence_penalty").GetDouble(), 6);
            Assert.Equal("u1", seen.GetProperty("user").GetString());
            Assert.Equal(["###", "\n\n"], seen.GetProperty("stop").EnumerateArray().Select(stop => stop.GetString()));
            Assert.Equal(tools, seen.GetProperty("tools").GetRawText());
            Assert.Equal("auto", seen.GetProperty("tool_choice").GetString());
            Assert.Equal("json_schema", seen.GetProperty("response_format").GetProperty("type").GetString());
        }
    }

    [Fact]
    public async Task What_is_not_set_is_not_sent()
    {
        await _broker.CompleteAsync(BrokerHost.Ask());
        var seen = JsonDocument.Parse(_sim.Log.Since(0)[^1].Body).RootElement;
        Assert.Equal(["messages", "model"], seen.EnumerateObject().Select(field => field.Name).Order());
    }

    [Fact]
    public async Task All_roles_and_tool_calls_reach_the_provider()
    {
        var request = new CompleteRequest { Model = "sim", RequestId = "r" };
        request.Messages.AddRange(
        [
            new ChatMessage { Role = "developer", Content = "Be brief." },
            new ChatMessage { Role = "system", Content = "You help." },
            new ChatMessage { Role = "user", Content = "Weather?", Name = "ann" },
            new ChatMessage { Role = "assistant", ToolCallsJson = """[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"}}]""" },
            new ChatMessage { Role = "tool", ToolCallId = "call_1", Content = "Rain" },
        ]);
        await _broker.CompleteAsync(request);
        var messages = JsonDocument.Parse(_sim.Log.Since(0)[^1].Body).RootElement.GetProperty("messages");
        Assert.Equal(["developer", "system", "user", "assistant", "tool"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        Assert.Equal("ann", messages[2].GetProperty("name").GetString());
        var call = messages[3].GetProperty("tool_calls")[0];
        Assert.Equal(("call_1", "weather", "{\"city\":\"Bern\"}"), (call.GetProperty("id").GetString(), call.GetProperty("function").GetProperty("name").GetString(), call.GetProperty("function").GetProperty("arguments").GetString()));
        Assert.Equal(("call_1", "Rain"), (messages[4].GetProperty("tool_call_id").GetString(), messages[4].GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Tool_calls_come_back_whole_and_streamed()
    {
        var request = BrokerHost.Ask();
        request.ToolsJson = """[{"type":"function","function":{"name":"search","parameters":{"type":"object"}}}]""";
        request.ToolChoiceJson = "\"required\"";
        var reply = await _broker.CompleteAsync(request);
        Assert.Equal("tool_calls", reply.FinishReason);
        Assert.Equal("search", JsonDocument.Parse(reply.ToolCallsJson).RootElement[0].GetProperty("function").GetProperty("name").GetString());
        var events = await _broker.StreamAsync(request);
        var deltas = events.Where(item => item.ToolCallsDeltaJson.Length > 0).Select(item => JsonDocument.Parse(item.ToolCallsDeltaJson).RootElement[0]).ToList();
        Assert.Equal((0, "search"), (deltas[0].GetProperty("index").GetInt32(), deltas[0].GetProperty("function").GetProperty("name").GetString()));
        Assert.Equal("{}", string.Concat(deltas.Select(delta => delta.GetProperty("function").GetProperty("arguments").GetString())));
        Assert.Equal("tool_calls", events[^1].Completed.FinishReason);
    }

    [Fact]
    public async Task An_answer_cut_by_its_limit_says_length()
    {
        var request = BrokerHost.Ask();
        request.MaxOutputTokens = 3;
        Assert.Equal("length", (await _broker.CompleteAsync(request)).FinishReason);
        Assert.Equal("length", (await _broker.StreamAsync(request))[^1].Completed.FinishReason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_that_leaves_cancels_the_providers_call(bool stream)
    {
        // The provider's clock stands still: without the cancellation its answer never comes.
        await using var sim = new SimHost(new FakeTimeProvider());
        await using var broker = BrokerHost.For(sim.BaseUrl, "sim-slow");
        using var leaving = new CancellationTokenSource();
        var request = BrokerHost.Ask(model: "sim-slow");
        using var call = stream ? broker.Client.CompleteStream(request, cancellationToken: leaving.Token) : null;
        var answer = call is null ? broker.Client.CompleteAsync(request, cancellationToken: leaving.Token).ResponseAsync : (Task)call.ResponseStream.MoveNext(leaving.Token);
        await sim.Log.WaitForAsync(entries => entries is [{ Outcome: "running" }], Cancelled);
        await leaving.CancelAsync();
        await sim.Log.WaitForAsync(entries => entries is [{ Outcome: "cancelled" }], Cancelled);
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => answer)).StatusCode);
    }

    [Fact]
    public async Task A_deadline_that_passes_cancels_the_providers_call()
    {
        await using var sim = new SimHost(new FakeTimeProvider());
        await using var broker = BrokerHost.For(sim.BaseUrl, "sim-slow");
        // The simulator's clock stands still, so it never answers; the deadline is long enough for a busy machine to have called it before.
        var answer = broker.Client.CompleteAsync(BrokerHost.Ask(model: "sim-slow"), deadline: TimeProvider.System.GetUtcNow().AddSeconds(3).UtcDateTime, cancellationToken: Cancelled).ResponseAsync;
        await sim.Log.WaitForAsync(entries => entries is [{ Outcome: "cancelled" }], Cancelled).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        var exception = await Assert.ThrowsAsync<RpcException>(() => answer);
        Assert.True(exception.StatusCode == StatusCode.DeadlineExceeded, exception.ToString());
    }

    [Fact]
    public async Task Texts_are_embedded_in_their_order_with_usage_and_cost()
    {
        var request = new EmbeddingsRequest { Tenant = "dev", Model = "sim-embedding", Texts = { "roll back a release", "quotas", "roll back a release" }, Dimensions = 64 };
        var reply = await _broker.Client.EmbedAsync(request, cancellationToken: Cancelled);
        Assert.Equal(3, reply.Vectors.Count);
        Assert.All(reply.Vectors, vector => Assert.Equal(64, vector.Values.Count));
        Assert.Equal(reply.Vectors[0], reply.Vectors[2]);
        Assert.NotEqual(reply.Vectors[0], reply.Vectors[1]);
        Assert.True(reply.Usage.PromptTokens > 5);
        Assert.Equal(reply.Usage.PromptTokens * 2e-8, reply.CostUsd, 12);
    }

    [Fact]
    public async Task Bad_embedding_requests_are_refused_by_name()
    {
        Assert.Equal(("model_not_found", "model"), await RefusedAsync(new EmbeddingsRequest { Model = "none", Texts = { "x" } }));
        Assert.Equal(("model_not_found", "model"), await RefusedAsync(new EmbeddingsRequest { Model = "sim", Texts = { "x" } }));
        Assert.Equal(("invalid_value", "input"), await RefusedAsync(new EmbeddingsRequest { Model = "sim-embedding" }));
        Assert.Equal(("invalid_value", "input"), await RefusedAsync(new EmbeddingsRequest { Model = "sim-embedding", Texts = { "" } }));
        Assert.Equal(("context_length_exceeded", "input"), await RefusedAsync(new EmbeddingsRequest { Model = "sim-embedding", Texts = { string.Concat(Enumerable.Repeat("word ", 10_000)) } }));

        async Task<(string, string?)> RefusedAsync(EmbeddingsRequest request)
        {
            var error = ServiceError.From(await Assert.ThrowsAsync<RpcException>(() => _broker.Client.EmbedAsync(request, cancellationToken: Cancelled).ResponseAsync))!;
            return (error.Code, error.Param);
        }
    }

    [Fact]
    public async Task The_list_of_models_has_a_version_aliases_and_prices()
    {
        var list = await _broker.Client.ListModelsAsync(new ListModelsRequest(), cancellationToken: Cancelled);
        Assert.Matches("^[0-9a-f]{12}$", list.Version);
        Assert.Equal(["extractive", "sim", "sim-embedding"], list.Models.Select(model => model.Name));
        Assert.Equal(["sim", "extractive"], list.Aliases.Single(alias => alias.Name == "answer").Models);
        var sim = list.Models.Single(model => model.Name == "sim");
        Assert.Equal(("chat", 8192, 2e-6, 8e-6, "o200k_base"), (sim.Mode, sim.ContextWindow, sim.InputCostPerToken, sim.OutputCostPerToken, sim.Tokenizer));
    }
}
