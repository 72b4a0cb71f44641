using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Prices;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

public sealed class PriceTests
{
    private static readonly string Shipped = Path.Combine(Repository.Root, "ai", "models.json");

    [Fact]
    public void The_cost_of_a_call_is_its_tokens_at_their_prices()
    {
        var price = new ModelPrice(new TokenPrices(2e-6, 8e-6, 5e-7, 2.5e-6), []);
        Assert.Equal((60 * 2e-6) + (40 * 5e-7) + (10 * 8e-6), price.Cost(new Usage { PromptTokens = 100, CachedPromptTokens = 40, CompletionTokens = 10 }), 12);
        Assert.Equal((30 * 2e-6) + (40 * 5e-7) + (30 * 2.5e-6), price.Cost(new Usage { PromptTokens = 100, CachedPromptTokens = 40, CacheWriteTokens = 30 }), 12);
        Assert.Equal(10 * 5e-7, price.Cost(new Usage { PromptTokens = 10, CachedPromptTokens = 99, CacheWriteTokens = 99 }), 12);
        Assert.Equal(0, price.Cost(new Usage()));
        var plain = price with { Base = new TokenPrices(2e-6, 8e-6, null, null) };
        Assert.Equal(100 * 2e-6, plain.Cost(new Usage { PromptTokens = 100, CachedPromptTokens = 40, CacheWriteTokens = 20 }), 12);
    }

    [Fact]
    public void A_prompt_above_a_threshold_is_charged_as_a_whole_at_the_tiers_prices()
    {
        var price = List("""
            {
              "long": {
                "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6, "cache_read_input_token_cost": 1e-7,
                "input_cost_per_token_above_128k_tokens": 2e-6,
                "input_cost_per_token_above_272k_tokens": 3e-6, "output_cost_per_token_above_272k_tokens": 6e-6, "cache_read_input_token_cost_above_272k_tokens": 3e-7
              }
            }
            """).Find("long")!.Price!;
        Assert.Equal((128_000 * 1e-6) + (10 * 4e-6), Cost(128_000), 9);
        // What the tier does not name costs what it does below.
        Assert.Equal((128_001 * 2e-6) + (10 * 4e-6), Cost(128_001), 9);
        Assert.Equal((272_000 * 2e-6) + (10 * 4e-6), Cost(272_000), 9);
        Assert.Equal((300_000 * 3e-6) + (10 * 6e-6), Cost(300_000), 9);
        Assert.Equal((100_000 * 3e-6) + (200_000 * 3e-7), price.Cost(new Usage { PromptTokens = 300_000, CachedPromptTokens = 200_000 }), 9);

        double Cost(int prompt) => price.Cost(new Usage { PromptTokens = prompt, CompletionTokens = 10 });
    }

    [Fact]
    public void Prices_of_the_catalog_itself_come_before_the_lists()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("prices.json"), """{ "big": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "max_input_tokens": 1000, "max_output_tokens": 100, "deprecation_date": "2027-01-31" } }""");
        File.WriteAllText(folder.File("models.json"), """
            {
              "providers": { "p": { "type": "openai", "baseUrl": "http://localhost:1/v1" } },
              "models": {
                "big": { "provider": "p" },
                "mine": { "provider": "p", "pricesOf": "big", "maxOutputTokens": 50 },
                "own": { "provider": "p", "providerModel": "big", "inputCostPerToken": 5e-6, "contextWindow": 500 }
              },
              "aliases": { "answer": ["big"], "small": ["mine"] }
            }
            """);
        var catalog = CatalogTests.Read(folder.File("models.json"), ("Slipway:Model:Name", "my-deployment"), ("Slipway:Model:PricesOf", "big"));
        Assert.Equal((1000, 100, 1e-6, 2e-6, new DateOnly(2027, 1, 31)), Seen("big"));
        Assert.Equal((1000, 50, 1e-6, 2e-6, new DateOnly(2027, 1, 31)), Seen("mine"));
        Assert.Equal((500, 100, 5e-6, 0, new DateOnly(2027, 1, 31)), Seen("own"));
        Assert.Equal((1000, 100, 1e-6, 2e-6, new DateOnly(2027, 1, 31)), Seen("my-deployment"));
        Assert.Empty(catalog.Warnings);

        (int, int, double, double, DateOnly?) Seen(string name)
        {
            var model = catalog.Models[name];
            return (model.Entry.ContextWindow, model.Entry.MaxOutputTokens, model.Price.Base.Input, model.Price.Base.Output, model.Entry.DeprecationDate);
        }
    }

    [Fact]
    public void Every_mistake_of_a_list_names_the_model_and_the_field()
    {
        var errors = new List<string>();
        List("""{ "a": { "input_cost_per_token": 2.5 }, "b": { "max_input_tokens": "many", "deprecation_date": "soon" }, "c": 3, "sample_spec": { "input_cost_per_token": "see below" } }""", errors);
        Assert.Equal(4, errors.Count);
        foreach (var expected in (string[])["a.input_cost_per_token is 2.5", "b.max_input_tokens", "b.deprecation_date", "c is not an object"])
            Assert.Contains(errors, error => error.Contains(expected, StringComparison.Ordinal));
        errors.Clear();
        List("{ \"a\": ", errors);
        Assert.StartsWith("prices.json, line 1", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void The_shipped_list_says_what_the_public_one_says()
    {
        using var list = PublicList();
        var compared = 0;
        using var shipped = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "ai", "prices.json")));
        foreach (var model in shipped.RootElement.EnumerateObject())
        {
            if (!list.RootElement.TryGetProperty(model.Name, out var listed)) continue;
            compared++;
            foreach (var field in model.Value.EnumerateObject()) Assert.True(JsonElement.DeepEquals(listed.GetProperty(field.Name), field.Value), $"{model.Name}.{field.Name}");
        }

        Assert.True(compared >= 10);
    }

    [Fact]
    public void The_public_list_can_be_put_in_place_of_the_shipped_one()
    {
        using var list = PublicList();
        var errors = new List<string>();
        var prices = PriceList.Read(Path.Combine(Repository.SharedData("model-prices")!, "model_prices_and_context_window.json"), errors);
        Assert.Empty(errors);
        Assert.Equal(list.RootElement.EnumerateObject().Count(), prices.Count);
        Assert.Equal([200_000], prices.Find("gemini-2.5-pro")!.Price!.Tiers.Select(tier => tier.Above));
        Assert.Equal(1.5e-5, prices.Find("gemini-2.5-pro")!.Price!.Tiers[0].Prices.Output);
        Assert.Equal(new DateOnly(2026, 5, 14), prices.Find("claude-sonnet-4-20250514")!.DeprecationDate);
    }

    [Fact]
    public void Every_model_of_the_shipped_catalog_has_a_window_and_prices()
    {
        foreach (var (name, model) in CatalogTests.Read(Shipped, ("OPENAI_API_KEY", "k")).Models)
        {
            Assert.True(model.Entry.ContextWindow > 0, name);
            Assert.True(name == "extractive" || model.Price.Base.Input > 0, name);
        }
    }

    private static JsonDocument PublicList()
    {
        var folder = Repository.SharedData("model-prices");
        Assert.SkipUnless(folder is not null, "shared/data/model-prices is absent");
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "model_prices_and_context_window.json")));
    }

    private static PriceList List(string json, List<string>? errors = null)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("prices.json"), json);
        var found = new List<string>();
        var list = PriceList.Read(folder.File("prices.json"), errors ?? found);
        Assert.Empty(found);
        return list;
    }
}
