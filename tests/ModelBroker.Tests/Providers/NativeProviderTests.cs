using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Tests.Support;
using Slipway.ProviderContract;

namespace Slipway.ModelBroker.Tests.Providers;

/// <summary>What the providers with APIs of their own are sent, and how their failures are told.</summary>
public sealed class NativeProviderTests
{
    [Theory]
    [InlineData("azure-deployments")]
    [InlineData("ollama")]
    [InlineData("anthropic")]
    public async Task Failures_are_told_by_class_whole_and_streamed(string type)
    {
        // Where the API has no code for it, a refusal is a request that is not valid.
        var refused = type == "azure-deployments" ? "content_filter" : "invalid_request";
        (string Fault, string Code)[] cases =
        [
            ("rate-limit-seconds=600", "rate_limit_exceeded"), ("status=401", "upstream_auth"), ("status=403", "upstream_auth"), ("status=404", "upstream_model_not_found"), ("status=500", "upstream_error"),
            ("status=502", "upstream_error"), ("status=503", "upstream_unavailable"), ("status=504", "upstream_timeout"), ("reset", "upstream_unavailable"), ("html=502", "upstream_error"), ("refusal", refused),
        ];
        await using var setup = new ProviderSetup(type, cases.Select(item => "sim:" + item.Fault));
        foreach (var (fault, code) in cases)
            foreach (var stream in (bool[])[false, true])
                Assert.Equal((fault, code), (fault, await CodeAsync(setup, "sim:" + fault, stream)));
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("anthropic")]
    public async Task What_is_no_answer_is_an_error_and_a_cut_one_is_cut(string type)
    {
        await using var setup = new ProviderSetup(type, "sim:html=200", "sim:empty", "sim:malformed", "sim:no-finish+no-done", "sim:content-filter", "sim:no-usage");
        foreach (var (model, whole, streamed) in ((string, string, string)[])
        [
            ("sim:html=200", "upstream_error", "upstream_error"), ("sim:empty", "upstream_error", "upstream_cut"), ("sim:cut=3", "upstream_unavailable", "upstream_cut"), ("sim:no-finish+no-done", "upstream_cut", "upstream_cut"),
            ("sim:error-event=3", "upstream_error", "upstream_error"), ("sim:malformed", "upstream_error", ""),
        ])
        {
            Assert.Equal((model, whole), (model, await CodeAsync(setup, model, stream: false)));
            if (streamed.Length > 0) Assert.Equal((model, streamed), (model, await CodeAsync(setup, model, stream: true)));
        }

        var filtered = await setup.Broker.CompleteAsync(BrokerHost.Ask(model: "sim:content-filter"));
        Assert.Equal(type == "anthropic" ? "content_filter" : "stop", filtered.FinishReason);
        var counted = await setup.Broker.StreamAsync(BrokerHost.Ask(model: "sim:no-usage"));
        Assert.True(counted[^1].Completed.Usage is { Estimated: true, PromptTokens: > 0, CompletionTokens: > 0 });
    }

    [Fact]
    public async Task Anthropic_gets_system_prompt_tools_results_and_schema_in_its_own_form()
    {
        await using var setup = new ProviderSetup("anthropic");
        var request = Conversation();
        await setup.Broker.CompleteAsync(request);
        var seen = JsonDocument.Parse(setup.Sim.Log.Since(0).Single().Body).RootElement;
        Assert.Equal("Be brief.\n\nAnd kind.", seen.GetProperty("system").GetString());
        Assert.Equal(["user", "assistant", "user", "user"], seen.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        var use = seen.GetProperty("messages")[1].GetProperty("content")[0];
        Assert.Equal(("tool_use", "call_1", "Bern"), (use.GetProperty("type").GetString(), use.GetProperty("id").GetString(), use.GetProperty("input").GetProperty("city").GetString()));
        Assert.Equal(["call_1", "call_2"], seen.GetProperty("messages")[2].GetProperty("content").EnumerateArray().Select(result => result.GetProperty("tool_use_id").GetString()));
        Assert.Equal("weather", seen.GetProperty("tools")[0].GetProperty("name").GetString());
        Assert.Equal("object", seen.GetProperty("tools")[0].GetProperty("input_schema").GetProperty("type").GetString());
        Assert.Equal("json_schema", seen.GetProperty("output_config").GetProperty("format").GetProperty("type").GetString());
        Assert.Equal((4096, 1.0, "u1"), (seen.GetProperty("max_tokens").GetInt32(), seen.GetProperty("temperature").GetDouble(), seen.GetProperty("metadata").GetProperty("user_id").GetString()));
        Assert.Equal(["END"], seen.GetProperty("stop_sequences").EnumerateArray().Select(stop => stop.GetString()));
    }

    [Fact]
    public async Task Ollama_is_told_the_window_and_not_to_truncate()
    {
        await using var setup = new ProviderSetup("ollama");
        var request = Conversation();
        request.MaxOutputTokens = 20;
        request.Seed = 9;
        await setup.Broker.CompleteAsync(request);
        var seen = JsonDocument.Parse(setup.Sim.Log.Since(0).Single().Body).RootElement;
        Assert.False(seen.GetProperty("truncate").GetBoolean());
        var options = seen.GetProperty("options");
        Assert.Equal((200_000, 20, 9L, 1.5), (options.GetProperty("num_ctx").GetInt32(), options.GetProperty("num_predict").GetInt32(), options.GetProperty("seed").GetInt64(), options.GetProperty("temperature").GetDouble()));
        Assert.Equal("object", seen.GetProperty("format").GetProperty("type").GetString());
        var messages = seen.GetProperty("messages");
        Assert.Equal(["system", "user", "assistant", "tool", "tool", "system", "user"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        Assert.Equal("Bern", messages[2].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetProperty("city").GetString());
        Assert.Equal("weather", messages[3].GetProperty("tool_name").GetString());
    }

    [Theory]
    [InlineData("anthropic")]
    [InlineData("ollama")]
    public async Task Requests_that_are_wrong_are_refused_before_anybody_is_asked(string type)
    {
        await using var setup = new ProviderSetup(type);
        (string Param, Action<CompleteRequest> Change)[] cases =
        [
            ("messages", request => request.Messages.Clear()), ("messages[0].role", request => request.Messages[0].Role = "robot"), ("max_tokens", request => request.MaxOutputTokens = 0),
            ("tools", request => request.ToolsJson = "{}"), ("response_format", request => request.ResponseFormatJson = "[]"),
        ];
        foreach (var (param, change) in cases)
        {
            var request = BrokerHost.Ask();
            change(request);
            Assert.Equal(param, (await setup.Broker.RefusalAsync(request)).Param);
        }

        Assert.Empty(setup.Sim.Log.Since(0));
    }

    [Fact]
    public async Task Fields_that_nobody_here_knows_reach_a_compatible_provider()
    {
        await using var setup = new ProviderSetup("openai");
        var request = BrokerHost.Ask();
        request.ExtraJson = """{"reasoning_effort":"low","logit_bias":{"50256":-100},"metadata":{"a.b":"c"},"model":"other","stream":true}""";
        await setup.Broker.CompleteAsync(request);
        await setup.Broker.StreamAsync(request);
        foreach (var entry in setup.Sim.Log.Since(0))
        {
            var seen = JsonDocument.Parse(entry.Body).RootElement;
            Assert.Equal(("low", -100, "c"), (seen.GetProperty("reasoning_effort").GetString(), seen.GetProperty("logit_bias").GetProperty("50256").GetInt32(), seen.GetProperty("metadata").GetProperty("a.b").GetString()));
            Assert.Equal("sim", seen.GetProperty("model").GetString());
        }

        Assert.Equal([false, true], setup.Sim.Log.Since(0).Select(entry => entry.Stream));
        request.ExtraJson = "[]";
        Assert.Equal("extra_json", (await setup.Broker.RefusalAsync(request)).Param);
    }

    /// <summary>The code that a call ends with, whose caller waits for no provider that asks for it.</summary>
    private static async Task<string> CodeAsync(ProviderSetup setup, string model, bool stream)
    {
        var target = new BrokerTarget(setup);
        var chat = new ContractChat("Hello.") { Model = model };
        var cancelled = TestContext.Current.CancellationToken;
        return (await Assert.ThrowsAsync<ContractRefusalException>(() => stream ? target.StreamAsync(chat, _ => { }, cancelled) : target.ChatAsync(chat, cancelled))).Code;
    }

    private static CompleteRequest Conversation()
    {
        var request = new CompleteRequest
        {
            Tenant = "dev", RequestId = "r1", Model = "sim", Temperature = 1.5, User = "u1", Stop = { "END" },
            ToolsJson = """[{"type":"function","function":{"name":"weather","description":"Tells it.","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]""",
            ResponseFormatJson = """{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"answer":{"type":"string"}}}}}""",
        };
        const string calls = """[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"}},{"id":"call_2","type":"function","function":{"name":"weather","arguments":""}}]""";
        request.Messages.AddRange([
            new ChatMessage { Role = "system", Content = "Be brief." }, new ChatMessage { Role = "user", Content = "Rain?" }, new ChatMessage { Role = "assistant", ToolCallsJson = calls },
            new ChatMessage { Role = "tool", ToolCallId = "call_1", Content = "Rain" }, new ChatMessage { Role = "tool", ToolCallId = "call_2", Content = "Sun" },
            new ChatMessage { Role = "developer", Content = "And kind." }, new ChatMessage { Role = "user", Content = "So?" },
        ]);
        return request;
    }
}
