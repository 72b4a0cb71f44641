using System.Globalization;
using Slipway.ModelBroker.Prices;

namespace Slipway.ModelBroker.Catalog;

/// <summary>
/// A model named by configuration alone, so that three lines point the stack at OpenAI, Azure OpenAI, Ollama or Anthropic: section <c>Slipway:Model</c> for the model that
/// answers, <c>Slipway:EmbeddingModel</c> for embeddings, <c>Slipway:RerankModel</c> for reranking (their BaseUrl and ApiKey default to the former's). Window, tokenizer and prices come from the catalog and the
/// list of prices where they have a model of that name, and else from the defaults below, with a cost of 0.
/// </summary>
/// <param name="Section">The configuration section.</param>
/// <param name="Name">The provider's name for the model; on Azure the deployment's.</param>
/// <param name="BaseUrl">The endpoint, as <see cref="ProviderEntry.BaseUrl"/> has it. Default: OpenAI's, Anthropic's, or Ollama's on this machine.</param>
/// <param name="ApiKey">The key; null: none is sent.</param>
/// <param name="Overrides">What is set beside the name.</param>
internal sealed record ConfiguredModel(string Section, string Name, string? BaseUrl, string? ApiKey, ModelOverrides Overrides)
{
    /// <summary>Reads a section; null when it names no model.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="section">The section's name.</param>
    /// <param name="fallback">Where BaseUrl and ApiKey come from when the section lacks them.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static ConfiguredModel? Read(IConfiguration configuration, string section, ConfiguredModel? fallback, List<string> errors)
    {
        var values = configuration.GetSection(section);
        if (values["Name"] is not { Length: > 0 } name)
        {
            if (values.GetChildren().Any(child => child.Key != "Name" && !string.IsNullOrEmpty(child.Value))) errors.Add($"{section}:Name is not set, but other keys of the section are.");
            return null;
        }

        var overrides = new ModelOverrides(
            Integer("ContextWindow"), Integer("MaxOutputTokens"), Text("Tokenizer"), Price("InputCostPerToken"), Price("CachedInputCostPerToken"), Price("OutputCostPerToken"),
            Integer("Rpm"), Integer("Tpm"), Integer("MaxConcurrency"), Integer("TimeoutSeconds"), Text("MaxTokensField"), Text("PricesOf"), Seconds("FirstTokenSeconds"),
            Inherited("Provider", fallback?.Overrides.Provider), Inherited("ApiVersion", fallback?.Overrides.ApiVersion));
        return new ConfiguredModel(section, name, Text("BaseUrl") ?? fallback?.BaseUrl, Text("ApiKey") ?? fallback?.ApiKey, overrides);

        string? Text(string key) => values[key] is { Length: > 0 } text ? text : null;

        // Another endpoint is another provider.
        string? Inherited(string key, string? value) => Text(key) ?? (Text("BaseUrl") is null ? value : null);

        int? Integer(string key)
        {
            if (Text(key) is not { } text) return null;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0) return value;
            errors.Add($"{section}:{key} is '{text}': a positive number is wanted.");
            return null;
        }

        double? Seconds(string key)
        {
            if (Text(key) is not { } text) return null;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= 3600) return value;
            errors.Add($"{section}:{key} is '{text}': seconds, above 0 and up to 3600, are wanted.");
            return null;
        }

        double? Price(string key)
        {
            if (Text(key) is not { } text) return null;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 1) return value;
            errors.Add($"{section}:{key} is '{text}': USD per single token, from 0 up to 1, is wanted.");
            return null;
        }
    }

    /// <summary>Without the key: records print their members.</summary>
    public override string ToString() => $"{Section} {Name} {BaseUrl}";

    /// <summary>The entry that the model gets.</summary>
    /// <param name="known">The catalog's entry of that name, or null.</param>
    /// <param name="listed">What the list of prices knows of it, or null.</param>
    /// <param name="provider">The provider's name.</param>
    /// <param name="mode">chat, embedding or rerank.</param>
    public ModelEntry ToEntry(ModelEntry? known, ListedModel? listed, string provider, string mode)
    {
        var basis = (known ?? new ModelEntry { Mode = mode }).Filled(listed);
        if (basis.ContextWindow == 0) basis = basis with { ContextWindow = 8192 };
        if (basis.MaxOutputTokens == 0 && mode == "chat") basis = basis with { MaxOutputTokens = 2048 };
        var window = Overrides.ContextWindow ?? basis.ContextWindow;
        return basis with
        {
            Provider = provider,
            ProviderModel = Name,
            ContextWindow = window,
            MaxOutputTokens = Math.Min(Overrides.MaxOutputTokens ?? basis.MaxOutputTokens, window),
            Tokenizer = Overrides.Tokenizer ?? basis.Tokenizer,
            InputCostPerToken = Overrides.InputCostPerToken ?? basis.InputCostPerToken,
            CachedInputCostPerToken = Overrides.CachedInputCostPerToken ?? basis.CachedInputCostPerToken,
            OutputCostPerToken = Overrides.OutputCostPerToken ?? basis.OutputCostPerToken,
            Rpm = Overrides.Rpm ?? basis.Rpm,
            Tpm = Overrides.Tpm ?? basis.Tpm,
            MaxConcurrency = Overrides.MaxConcurrency ?? basis.MaxConcurrency,
        };
    }
}

/// <summary>Optional keys of a configured model: see the fields of the same names in <see cref="ModelEntry"/> and <see cref="ProviderEntry"/>.</summary>
internal sealed record ModelOverrides(
    int? ContextWindow, int? MaxOutputTokens, string? Tokenizer, double? InputCostPerToken, double? CachedInputCostPerToken, double? OutputCostPerToken,
    int? Rpm, int? Tpm, int? MaxConcurrency, int? TimeoutSeconds, string? MaxTokensField, string? PricesOf, double? FirstTokenSeconds, string? Provider, string? ApiVersion)
{
    /// <summary>Whether prices are set.</summary>
    public bool HasPrices => InputCostPerToken is not null || OutputCostPerToken is not null;
}
