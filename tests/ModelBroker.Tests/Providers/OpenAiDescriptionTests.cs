using Slipway.Contracts;
using Slipway.ModelBroker.Tests.Support;
using Slipway.ProviderContract;
using Slipway.Testing.OpenApi;

namespace Slipway.ModelBroker.Tests.Providers;

/// <summary>What OpenAI-compatible providers are sent is as the official description of OpenAI's API says.</summary>
public sealed class OpenAiDescriptionTests
{
    [Theory]
    [InlineData("openai")]
    [InlineData("azure")]
    [InlineData("azure-deployments")]
    public async Task Every_request_to_a_compatible_provider_is_as_described(string type)
    {
        Assert.SkipWhen(OpenAiDescription.Loaded is null, OpenAiDescription.Absent);
        await using var setup = new ProviderSetup(type);
        var target = new BrokerTarget(setup);
        // The suite asks for all that there is; a prompt beyond the window would only make the check slow.
        foreach (var check in ContractSuite.Checks.Where(check => check.Name != "context-length"))
            Assert.NotEqual(ContractOutcome.Failed, (await ContractSuite.RunAsync(check, target, TestContext.Current.CancellationToken)).Outcome);
        await setup.Broker.CompleteAsync(Everything());
        await setup.Broker.StreamAsync(Everything());
        var entries = setup.Sim.Log.Since(0);
        Assert.Contains(entries, entry => entry.Path.EndsWith("/embeddings", StringComparison.Ordinal));
        foreach (var entry in entries)
        {
            var path = entry.Path.EndsWith("/embeddings", StringComparison.Ordinal) ? "/v1/embeddings" : "/v1/chat/completions";
            Assert.Empty(OpenAiDescription.Loaded.CheckRequest(path, entry.Body).Select(error => $"{error} {entry.Body}"));
        }
    }

    private static CompleteRequest Everything()
    {
        var request = BrokerHost.Ask();
        request.Messages.Insert(0, new ChatMessage { Role = "developer", Content = "Be brief." });
        request.Messages.Insert(0, new ChatMessage { Role = "system", Content = "Be kind." });
        request.Messages.Add(new ChatMessage { Role = "assistant", Content = "Well.", Name = "helper" });
        request.Messages.Add(new ChatMessage { Role = "user", Content = "So?", Name = "ann" });
        (request.Temperature, request.TopP, request.FrequencyPenalty, request.PresencePenalty, request.MaxOutputTokens, request.Seed, request.User) = (0.5, 0.9, 0.1, -0.1, 50, 7, "u1");
        request.Stop.AddRange(["END", "STOP"]);
        request.ExtraJson = """{"reasoning_effort":"low","logit_bias":{"50256":-100},"metadata":{"a":"b"},"parallel_tool_calls":false,"store":false,"service_tier":"auto"}""";
        return request;
    }
}
