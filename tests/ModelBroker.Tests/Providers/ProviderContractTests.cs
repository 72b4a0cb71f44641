using Slipway.ModelBroker.Tests.Support;
using Slipway.ProviderContract;

namespace Slipway.ModelBroker.Tests.Providers;

/// <summary>Every check of the contract suite holds for every kind of provider.</summary>
public sealed class ProviderContractTests
{
    [Theory]
    [InlineData("openai")]
    [InlineData("azure")]
    [InlineData("azure-deployments")]
    [InlineData("ollama")]
    [InlineData("anthropic")]
    public async Task A_provider_does_what_the_suite_says(string type)
    {
        await using var setup = new ProviderSetup(type);
        var target = new BrokerTarget(setup);
        var results = new List<ContractResult>();
        foreach (var check in ContractSuite.Checks) results.Add(await ContractSuite.RunAsync(check, target, TestContext.Current.CancellationToken));
        Assert.Empty(results.Where(result => result.Outcome == ContractOutcome.Failed).Select(result => $"{result.Name}: {result.Detail}"));
        Assert.Equal(setup.HasEmbeddings ? [] : ["embeddings-order", "embeddings-near", "embeddings-dimensions"], results.Where(result => result.Outcome == ContractOutcome.Skipped).Select(result => result.Name));
    }

    [Fact]
    public async Task A_provider_that_does_not_is_found_out()
    {
        await using var setup = new ProviderSetup("openai", "sim:no-usage+wrong-json+drift");
        var target = new OtherModel(setup, "sim:no-usage+wrong-json+drift");
        var failed = new List<string>();
        foreach (var check in ContractSuite.Checks.Where(check => check.Name is "plain-answer" or "streamed-answer" or "json-schema" or "json-schema-streamed" or "tool-call"))
            if ((await ContractSuite.RunAsync(check, target, TestContext.Current.CancellationToken)).Outcome == ContractOutcome.Failed) failed.Add(check.Name);
        Assert.Equal(["plain-answer", "streamed-answer", "json-schema", "json-schema-streamed", "tool-call"], failed);
    }

    [Fact]
    public void Names_of_checks_are_kebab_case_and_each_once()
    {
        Assert.All(ContractSuite.Checks, check => Assert.Matches("^[a-z]+(-[a-z]+)*$", check.Name));
        Assert.Equal(ContractSuite.Checks.Count, ContractSuite.Checks.Select(check => check.Name).Distinct().Count());
    }

    private sealed class OtherModel(ProviderSetup setup, string model) : IContractTarget
    {
        private readonly BrokerTarget _inner = new(setup);

        public string Model => model;

        public string? EmbeddingModel => null;

        public int? ContextWindow => null;

        public Task<ContractReply> ChatAsync(ContractChat chat, CancellationToken cancellationToken) => _inner.ChatAsync(chat with { Model = model }, cancellationToken);

        public Task<ContractReply> StreamAsync(ContractChat chat, Action<string> piece, CancellationToken cancellationToken) => _inner.StreamAsync(chat with { Model = model }, piece, cancellationToken);

        public Task<IReadOnlyList<IReadOnlyList<float>>> EmbedAsync(IReadOnlyList<string> texts, int? dimensions, CancellationToken cancellationToken) => _inner.EmbedAsync(texts, dimensions, cancellationToken);
    }
}
