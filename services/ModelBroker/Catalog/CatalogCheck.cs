using Slipway.ModelBroker.Prices;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Catalog;

/// <summary>Finds everything that is wrong with a catalog, so that a start reports it at once.</summary>
internal static class CatalogCheck
{
    private static readonly string[] Types = ["extractive", "openai", "azure", "ollama", "anthropic"];
    private static readonly string[] Modes = ["chat", "embedding", "rerank"];

    /// <summary>The fields that can carry the output limit.</summary>
    internal static readonly string[] MaxTokensFields = ["max_tokens", "max_completion_tokens"];

    public static IEnumerable<string> Run(CatalogFile file)
    {
        foreach (var (name, provider) in file.Providers) foreach (var error in Check(name, provider)) yield return error;
        foreach (var (name, model) in file.Models) foreach (var error in Check(file, name, model)) yield return error;
        foreach (var (name, models) in file.Aliases) foreach (var error in Check(file, name, models)) yield return error;
        foreach (var (tenant, limits) in file.TenantLimits)
        {
            if (limits is null) yield return $"tenantLimits.{tenant} is null.";
            else foreach (var error in CheckLimits($"tenantLimits.{tenant}", limits.Rpm, limits.Tpm, limits.MaxConcurrency)) yield return error;
        }

        foreach (var alias in (string[])[ModelCatalog.Answer, ModelCatalog.Small])
            if (!file.Aliases.ContainsKey(alias)) yield return $"aliases.{alias} is missing.";
    }

    private static IEnumerable<string> Check(string name, ProviderEntry? provider)
    {
        var at = $"providers.{name}";
        if (provider is null)
        {
            yield return $"{at} is null.";
            yield break;
        }

        if (!Types.Contains(provider.Type)) yield return $"{at}.type is '{provider.Type}'; known: {string.Join(", ", Types)}.";
        if (provider.Type is "openai" or "azure" or "ollama" or "anthropic" && !IsUrl(provider.BaseUrl)) yield return $"{at}.baseUrl is '{provider.BaseUrl}': an absolute http or https address is wanted.";
        if (provider.ApiVersion is { } version && (provider.Type != "azure" || version.Length == 0 || !version.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')))
            yield return $"{at}.apiVersion is '{version}': for azure, a version such as 2024-10-21 is wanted, and for others none.";
        if (provider.ApiKeyEnv is { } env && (env.Length == 0 || !env.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':')))
            yield return $"{at}.apiKeyEnv is not the name of an environment variable. A key itself does not belong in the file.";
        if (provider.TimeoutSeconds is < 1 or > 3600) yield return $"{at}.timeoutSeconds is {provider.TimeoutSeconds}: 1 to 3600 is wanted.";
        if (!IsFirstToken(provider.FirstTokenSeconds)) yield return $"{at}.firstTokenSeconds is {provider.FirstTokenSeconds}: above 0 and up to 3600 is wanted.";
        if (provider.MaxTokensField is { } field && !MaxTokensFields.Contains(field)) yield return $"{at}.maxTokensField is '{field}'; known: {string.Join(", ", MaxTokensFields)}.";
    }

    private static IEnumerable<string> Check(CatalogFile file, string name, ModelEntry? model)
    {
        var at = $"models.{name}";
        if (model is null)
        {
            yield return $"{at} is null.";
            yield break;
        }

        if (name.Length is 0 or > 128) yield return $"{at}: a name has 1 to 128 characters.";
        if (!file.Providers.ContainsKey(model.Provider)) yield return $"{at}.provider is '{model.Provider}', which is not among the providers.";
        if (!Modes.Contains(model.Mode)) yield return $"{at}.mode is '{model.Mode}'; known: {string.Join(", ", Modes)}.";
        if (file.Providers.GetValueOrDefault(model.Provider)?.Type == "extractive" && model.Mode != "chat") yield return $"{at}.mode: the extractive provider only chats.";
        if (file.Providers.GetValueOrDefault(model.Provider)?.Type == "anthropic" && model.Mode != "chat") yield return $"{at}.mode: Anthropic's API only chats.";
        if (file.Providers.GetValueOrDefault(model.Provider)?.Type is "ollama" or "azure" && model.Mode == "rerank") yield return $"{at}.mode: the provider has no reranking.";
        if (model.ContextWindow < 1) yield return $"{at}.contextWindow is {model.ContextWindow}: 1 or more is wanted.";
        if (model.Mode == "chat" && (model.MaxOutputTokens < 1 || model.MaxOutputTokens > model.ContextWindow))
            yield return $"{at}.maxOutputTokens is {model.MaxOutputTokens}: 1 to contextWindow ({model.ContextWindow}) is wanted.";
        if (!IsFirstToken(model.FirstTokenSeconds)) yield return $"{at}.firstTokenSeconds is {model.FirstTokenSeconds}: above 0 and up to 3600 is wanted.";
        if (!TokenCounter.Names.Contains(model.Tokenizer)) yield return $"{at}.tokenizer is '{model.Tokenizer}'; known: {string.Join(", ", TokenCounter.Names)}.";
        foreach (var (field, price) in new (string, double?)[]
        {
            ("inputCostPerToken", model.InputCostPerToken), ("outputCostPerToken", model.OutputCostPerToken), ("cachedInputCostPerToken", model.CachedInputCostPerToken),
        })
        {
            if (price is < 0 or > PriceList.MostPerToken or double.NaN) yield return $"{at}.{field} is {price}: USD per single token, 0 to 0.01, is wanted.";
        }

        foreach (var error in CheckLimits(at, model.Rpm, model.Tpm, model.MaxConcurrency)) yield return error;
    }

    private static IEnumerable<string> Check(CatalogFile file, string name, string[]? models)
    {
        var at = $"aliases.{name}";
        if (file.Models.ContainsKey(name)) yield return $"{at}: there is a model of the same name.";
        if (name == "assistant") yield return $"{at}: the name belongs to the whole request path.";
        if (models is null or { Length: 0 })
        {
            yield return $"{at} is empty.";
            yield break;
        }

        foreach (var model in models)
        {
            if (!file.Models.TryGetValue(model, out var entry)) yield return $"{at}: '{model}' is not among the models.";
            else if (entry is not null && entry.Mode != "chat") yield return $"{at}: '{model}' does not chat.";
        }

        foreach (var twice in models.GroupBy(model => model, StringComparer.Ordinal).Where(group => group.Count() > 1)) yield return $"{at}: '{twice.Key}' is listed {twice.Count()} times.";
    }

    private static IEnumerable<string> CheckLimits(string at, int? rpm, int? tpm, int? concurrency)
    {
        foreach (var (field, limit) in new (string, int?)[] { ("rpm", rpm), ("tpm", tpm), ("maxConcurrency", concurrency) })
            if (limit < 1) yield return $"{at}.{field} is {limit}: 1 or more is wanted.";
    }

    private static bool IsFirstToken(double? seconds) => seconds is null or (> 0 and <= 3600);

    internal static bool IsUrl(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https");
}
