using Microsoft.Extensions.Configuration;
using Slipway.ModelBroker.Catalog;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

public sealed class CatalogTests
{
    private static readonly string Shipped = Path.Combine(Repository.Root, "ai", "models.json");

    [Fact]
    public void Without_any_key_the_shipped_catalog_offers_the_extractive_model_alone()
    {
        var catalog = Read(Shipped);
        Assert.Equal(["extractive"], catalog.Models.Keys);
        Assert.Equal(["extractive"], catalog.Aliases["answer"]);
        Assert.Equal(["extractive"], catalog.Aliases["small"]);
        Assert.Empty(catalog.Warnings);
    }

    [Fact]
    public void With_a_providers_key_its_models_are_offered_but_answer_no_questions_unasked()
    {
        var catalog = Read(Shipped, ("OPENAI_API_KEY", "sk-test"));
        Assert.Contains("gpt-5-mini", catalog.Models.Keys);
        Assert.Contains("text-embedding-3-small", catalog.Models.Keys);
        Assert.Equal(["extractive"], catalog.Aliases["answer"]);
        Assert.NotEqual(Read(Shipped).Version, catalog.Version);
    }

    [Fact]
    public void A_configured_model_that_the_catalog_knows_takes_its_window_and_prices()
    {
        var catalog = Read(Shipped, ("Slipway:Model:Name", "gpt-5-mini"), ("Slipway:Model:ApiKey", "sk-test"));
        Assert.Equal(["gpt-5-mini", "extractive"], catalog.Aliases["answer"]);
        var model = catalog.Find("answer")!;
        Assert.Equal((272_000, 128_000, 2.5e-7, 2.5e-8, 2e-6), (model.Entry.ContextWindow, model.Entry.MaxOutputTokens, model.Price.Base.Input, model.Price.Base.CacheRead, model.Price.Base.Output));
        Assert.Equal("https://api.openai.com/v1", model.Provider.BaseUrl!.ToString());
        Assert.Equal("max_completion_tokens", model.Provider.MaxTokensField);
        Assert.Empty(catalog.Warnings);
    }

    [Fact]
    public void A_configured_model_that_nobody_knows_is_free_of_charge_and_warned_of()
    {
        var catalog = Read(Shipped, ("Slipway:Model:Name", "llama3.2"), ("Slipway:Model:BaseUrl", "http://localhost:11434/v1"));
        var model = catalog.Find("answer")!;
        Assert.Equal((8192, 0.0, null), (model.Entry.ContextWindow, model.Price.Base.Input, model.Provider.ApiKey));
        Assert.Equal("max_tokens", model.Provider.MaxTokensField);
        Assert.Equal(2, catalog.Warnings.Count);
        Assert.Contains("InputCostPerToken", catalog.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_configured_embedding_model_uses_endpoint_and_key_of_the_chat_model()
    {
        var catalog = Read(
            Shipped, ("Slipway:Model:Name", "gpt-4o"), ("Slipway:Model:BaseUrl", "https://me.openai.azure.com/openai/v1/"), ("Slipway:Model:ApiKey", "k"), ("Slipway:EmbeddingModel:Name", "text-embedding-3-small"));
        var model = catalog.Models["text-embedding-3-small"];
        Assert.Equal(("https://me.openai.azure.com/openai/v1", "k", false), (model.Provider.BaseUrl!.ToString(), model.Provider.ApiKey, model.IsChat));
        Assert.Equal("max_completion_tokens", catalog.Find("answer")!.Provider.MaxTokensField);
    }

    [Fact]
    public void No_key_shows_when_a_catalog_is_printed()
    {
        var catalog = Read(Shipped, ("Slipway:Model:Name", "gpt-4o"), ("Slipway:Model:ApiKey", "sk-very-secret"));
        Assert.DoesNotContain("sk-very-secret", string.Join(' ', catalog.Models.Values) + catalog, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mistake_of_a_file_is_reported_at_once()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("models.json"), """
            {
              "providers": { "a": { "type": "magic" }, "b": { "type": "openai", "baseUrl": "nowhere", "apiKeyEnv": "sk-oops!", "timeoutSeconds": 0, "maxTokensField": "tokens" } },
              "models": {
                "m": { "provider": "c", "mode": "sing", "contextWindow": 0, "tokenizer": "abc", "inputCostPerToken": 2.5, "rpm": 0 },
                "e": { "provider": "b", "mode": "embedding", "contextWindow": 10 }
              },
              "aliases": { "m": ["m"], "answer": ["x", "e"], "assistant": [] }
            }
            """);
        var message = Assert.Throws<InvalidOperationException>(() => Read(folder.File("models.json"), ("Slipway:Model:ApiKey", "k"), ("Slipway:EmbeddingModel:Name", "new"), ("Slipway:EmbeddingModel:Rpm", "none"))).Message;
        foreach (var expected in (string[])
        [
            "providers.a.type", "providers.b.baseUrl", "providers.b.apiKeyEnv", "providers.b.timeoutSeconds", "providers.b.maxTokensField", "models.m.provider", "models.m.mode", "models.m.tokenizer",
            "models.m.inputCostPerToken", "models.m.rpm", "aliases.m", "aliases.answer: 'x'", "aliases.answer: 'e'", "aliases.assistant", "aliases.small", "Slipway:Model:Name", "Slipway:EmbeddingModel:Rpm",
        ])
        {
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("sk-oops", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"models\": {", "line 1")]
    [InlineData("{\n  \"modles\": {}\n}", "modles")]
    [InlineData("{\n  \"providers\": { \"a\": { \"type\": \"openai\", \"apiKey\": \"sk-1\" } }\n}", "apiKey")]
    public void A_file_that_cannot_be_read_says_where(string json, string expected)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("models.json"), json);
        Assert.Contains(expected, Assert.Throws<InvalidOperationException>(() => Read(folder.File("models.json"))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Read(folder.File("none.json")));
    }

    internal static ModelCatalog Read(string path, params (string Key, string Value)[] settings) =>
        CatalogReader.Read(path, new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build());
}
