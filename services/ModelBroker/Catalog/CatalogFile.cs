using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.ModelBroker.Prices;

namespace Slipway.ModelBroker.Catalog;

/// <summary><c>ai/models.json</c> as it is written: providers, models and aliases by name. Prices are USD per single token. Unknown fields are errors.</summary>
internal sealed record CatalogFile
{
    /// <summary>Where models are reached.</summary>
    public Dictionary<string, ProviderEntry?> Providers { get; init; } = [];

    /// <summary>The models. One whose provider lacks its key is known (a configured model of that name takes what it says) but not offered.</summary>
    public Dictionary<string, ModelEntry?> Models { get; init; } = [];

    /// <summary>Names for lists of models, in the order in which they are tried. <c>answer</c> and <c>small</c> must be there.</summary>
    public Dictionary<string, string[]?> Aliases { get; init; } = [];

    /// <summary>Limits by tenant, whichever models answer; <c>*</c> is each tenant that is not named.</summary>
    public Dictionary<string, TenantEntry?> TenantLimits { get; init; } = [];

    /// <summary>How the file is read: camelCase, no unknown fields, comments and trailing commas allowed.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };
}

/// <summary>A provider of the file.</summary>
internal sealed record ProviderEntry
{
    /// <summary>
    /// <c>extractive</c> (built in), <c>openai</c> (any OpenAI-compatible endpoint: OpenAI, vLLM, llama.cpp), <c>azure</c> (Azure OpenAI), <c>ollama</c> (its own API) or
    /// <c>anthropic</c> (the Messages API).
    /// </summary>
    public string Type { get; init; } = "";

    /// <summary>
    /// For <c>openai</c> the endpoint up to and with <c>/v1</c>; for the others that of the resource or server, without a path. Required for all but <c>extractive</c>.
    /// </summary>
    public string? BaseUrl { get; init; }

    /// <summary>
    /// For <c>azure</c>: the version of the API that names deployments in its path, for example <c>2024-10-21</c>. Null: <c>/openai/v1</c>, which needs none.
    /// </summary>
    public string? ApiVersion { get; init; }

    /// <summary>The environment variable or configuration key that holds the API key. A key itself is never in the file. Null: the endpoint wants none.</summary>
    public string? ApiKeyEnv { get; init; }

    /// <summary>The longest that a call may take, or a stream may be silent, seconds: 1 to 3600, default 120.</summary>
    public int TimeoutSeconds { get; init; } = 120;

    /// <summary>
    /// The longest wait for the first piece of a stream, and for each later one, seconds: above 0 and up to 3600; null: as <see cref="TimeoutSeconds"/>. While another model
    /// may answer instead, a model gets no more than its share of the time that is left in any case.
    /// </summary>
    public double? FirstTokenSeconds { get; init; }

    /// <summary>
    /// The field that carries the output limit: <c>max_completion_tokens</c> (default at api.openai.com and *.azure.com, where the newer models refuse the other)
    /// or <c>max_tokens</c> (default elsewhere: the field that every compatible server knows).
    /// </summary>
    public string? MaxTokensField { get; init; }
}

/// <summary>The limits of a tenant.</summary>
internal sealed record TenantEntry
{
    /// <summary>The most requests in any 60 s; null: no limit.</summary>
    public int? Rpm { get; init; }

    /// <summary>The most tokens in any 60 s, prompt and answer together; null: no limit.</summary>
    public int? Tpm { get; init; }

    /// <summary>The most calls at once; null: no limit.</summary>
    public int? MaxConcurrency { get; init; }
}

/// <summary>A model of the file.</summary>
internal sealed record ModelEntry
{
    /// <summary>A name of <see cref="CatalogFile.Providers"/>.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The provider's name for the model (on Azure the deployment's); null: the catalog's name.</summary>
    public string? ProviderModel { get; init; }

    /// <summary><c>chat</c>, <c>embedding</c> or <c>rerank</c>.</summary>
    public string Mode { get; init; } = "chat";

    /// <summary>The name under which <c>prices.json</c> has the model's prices, window and last day; null: the provider's name for it.</summary>
    public string? PricesOf { get; init; }

    /// <summary>The most tokens of prompt and answer together: 1 or more. 0: as <c>prices.json</c> says.</summary>
    public int ContextWindow { get; init; }

    /// <summary>The most tokens of an answer; 0 for embeddings and reranking. 0 for a chat model: as <c>prices.json</c> says.</summary>
    public int MaxOutputTokens { get; init; }

    /// <summary>The tokenizer to count with: <c>o200k_base</c> (default) or <c>cl100k_base</c>.</summary>
    public string Tokenizer { get; init; } = "o200k_base";

    /// <summary>USD per prompt token. Null, as is <see cref="OutputCostPerToken"/>: as <c>prices.json</c> says, and else free of charge.</summary>
    public double? InputCostPerToken { get; init; }

    /// <summary>USD per prompt token that the provider had cached; null: as <see cref="InputCostPerToken"/>.</summary>
    public double? CachedInputCostPerToken { get; init; }

    /// <summary>USD per answer token.</summary>
    public double? OutputCostPerToken { get; init; }

    /// <summary>The most requests in any 60 s, over all replicas; null: no limit.</summary>
    public int? Rpm { get; init; }

    /// <summary>The most tokens in any 60 s, prompt and answer together, over all replicas; null: no limit.</summary>
    public int? Tpm { get; init; }

    /// <summary>The most calls at once, over all replicas; null: no limit.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>The model's own <see cref="ProviderEntry.FirstTokenSeconds"/>; null: the provider's.</summary>
    public double? FirstTokenSeconds { get; init; }

    /// <summary>
    /// Whether the model goes on with the answer when the last message is the assistant's. Only such a model is asked to complete an answer that another model broke off,
    /// or takes over a request that ends so. Default false.
    /// </summary>
    public bool AssistantPrefill { get; init; }

    /// <summary>The day the model was published, shown in <c>/v1/models</c>.</summary>
    public DateOnly? ReleaseDate { get; init; }

    /// <summary>The day on which the provider switches the model off; null: as <c>prices.json</c> says.</summary>
    public DateOnly? DeprecationDate { get; init; }

    /// <summary>The prices of <c>prices.json</c>, not of this file; null when it has none.</summary>
    [JsonIgnore]
    public ModelPrice? Listed { get; init; }

    /// <summary>The entry with what the list knows of the model and the entry does not say.</summary>
    public ModelEntry Filled(ListedModel? listed)
    {
        if (listed is null) return this;
        var window = ContextWindow == 0 ? listed.MaxInputTokens ?? 0 : ContextWindow;
        return this with
        {
            ContextWindow = window,
            MaxOutputTokens = MaxOutputTokens == 0 && Mode == "chat" ? Math.Min(listed.MaxOutputTokens ?? 0, window) : MaxOutputTokens,
            DeprecationDate = DeprecationDate ?? listed.DeprecationDate,
            Listed = listed.Price,
        };
    }

    /// <summary>The entry's own prices when it has any, and else the list's.</summary>
    public ModelPrice ToPrice() => InputCostPerToken is null && OutputCostPerToken is null
        ? Listed ?? ModelPrice.Free
        : new ModelPrice(new TokenPrices(InputCostPerToken ?? 0, OutputCostPerToken ?? 0, CachedInputCostPerToken, null), []);
}
