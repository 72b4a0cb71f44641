using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using Slipway.ModelBroker.Limits;
using Slipway.ModelBroker.Prices;

namespace Slipway.ModelBroker.Catalog;

/// <summary>Makes the catalog from the file, the configuration and the environment.</summary>
internal static class CatalogReader
{
    private const string OpenAiUrl = "https://api.openai.com/v1";

    /// <summary>Reads and checks.</summary>
    /// <param name="path">The file. Prices are read from <c>prices.json</c> beside it.</param>
    /// <param name="configuration">Where configured models and keys (environment variables are part of it) come from.</param>
    /// <exception cref="InvalidOperationException">Something is wrong; the message lists all of it.</exception>
    public static ModelCatalog Read(string path, IConfiguration configuration)
    {
        var errors = new List<string>();
        var warnings = new List<string>();
        var file = Parse(path, errors);
        var prices = PriceList.Read(Path.Combine(Path.GetDirectoryName(path)!, "prices.json"), errors);
        var chat = ConfiguredModel.Read(configuration, "Slipway:Model", fallback: null, errors);
        var embedding = ConfiguredModel.Read(configuration, "Slipway:EmbeddingModel", chat, errors);
        var reranker = ConfiguredModel.Read(configuration, "Slipway:RerankModel", chat, errors);
        if (file is not null)
        {
            file = Fill(file, prices);
            if (chat is not null) file = Add(file, prices, chat, "chat", errors, warnings);
            if (embedding is not null) file = Add(file, prices, embedding, "embedding", errors, warnings);
            if (reranker is not null) file = Add(file, prices, reranker, "rerank", errors, warnings);
            errors.AddRange(CatalogCheck.Run(file));
        }

        if (file is null || errors.Count > 0)
            throw new InvalidOperationException($"The model catalog is not usable ({path}, {errors.Count} errors):{Environment.NewLine}{string.Join(Environment.NewLine, errors)}");

        var keys = new Dictionary<string, string?> { [Provider(chat)] = chat?.ApiKey, [Provider(embedding)] = embedding?.ApiKey, [Provider(reranker)] = reranker?.ApiKey };
        return Build(file, name => keys.TryGetValue(name, out var key) ? key : configuration[file.Providers[name]!.ApiKeyEnv ?? ""], keys.ContainsKey, warnings);
    }

    private static CatalogFile? Parse(string path, List<string> errors)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (JsonSerializer.Deserialize<CatalogFile>(stream, CatalogFile.Json) is { } file) return file;
            errors.Add("The file is empty.");
        }
        catch (JsonException exception)
        {
            errors.Add($"line {exception.LineNumber + 1}, {exception.Path}: {exception.Message}");
        }
        catch (IOException exception)
        {
            errors.Add(exception.Message);
        }

        return null;
    }

    private static string Provider(ConfiguredModel? model) => model?.Section ?? "";

    /// <summary>The file with what the list of prices knows of its models.</summary>
    private static CatalogFile Fill(CatalogFile file, PriceList prices) => file with
    {
        Models = file.Models.ToDictionary(pair => pair.Key, pair => pair.Value?.Filled(prices.Find(pair.Value.PricesOf ?? pair.Value.ProviderModel ?? pair.Key))),
    };

    private static CatalogFile Add(CatalogFile file, PriceList prices, ConfiguredModel model, string mode, List<string> errors, List<string> warnings)
    {
        file.Models.TryGetValue(model.Name, out var known);
        if (known is not null && known.Mode != mode) errors.Add($"{model.Section}:Name is '{model.Name}', which is not a {mode} model.");
        if (known is { Provider: var knownProvider } && file.Providers.GetValueOrDefault(knownProvider)?.Type == "extractive")
        {
            errors.Add($"{model.Section}:Name is '{model.Name}', the name of a built-in model.");
            return file;
        }

        if (file.Aliases.ContainsKey(model.Name)) errors.Add($"{model.Section}:Name is '{model.Name}', the name of an alias.");
        if (model.BaseUrl is not null && !CatalogCheck.IsUrl(model.BaseUrl)) errors.Add($"{model.Section}:BaseUrl is not an absolute http or https address.");
        var listed = prices.Find(model.Overrides.PricesOf ?? known?.PricesOf ?? model.Name);
        if (model.Overrides.PricesOf is { } of && listed is null) errors.Add($"{model.Section}:PricesOf is '{of}', which is not in prices.json.");
        if (known is null && listed?.Price is null && !model.Overrides.HasPrices)
            warnings.Add($"No prices are known for '{model.Name}': its calls are accounted with 0 USD. Set {model.Section}:InputCostPerToken and :OutputCostPerToken, or :PricesOf, or add it to prices.json.");
        if (known is null && listed?.MaxInputTokens is null && model.Overrides.ContextWindow is null)
            warnings.Add($"The context window of '{model.Name}' is not known: 8192 tokens are assumed. Set {model.Section}:ContextWindow.");

        var type = model.Overrides.Provider ?? "openai";
        if (type == "extractive") errors.Add($"{model.Section}:Provider is '{type}', which is built in.");
        var knownUrl = known is null || model.Overrides.Provider is not null ? null : file.Providers.GetValueOrDefault(known.Provider)?.BaseUrl;
        var provider = new ProviderEntry
        {
            Type = type,
            BaseUrl = model.BaseUrl is not null && CatalogCheck.IsUrl(model.BaseUrl) ? model.BaseUrl : knownUrl ?? DefaultUrl(type),
            ApiVersion = model.Overrides.ApiVersion,
            TimeoutSeconds = model.Overrides.TimeoutSeconds ?? 120,
            MaxTokensField = model.Overrides.MaxTokensField,
            FirstTokenSeconds = model.Overrides.FirstTokenSeconds,
        };
        var aliases = new Dictionary<string, string[]?>(file.Aliases);
        if (mode == "chat") aliases[ModelCatalog.Answer] = [model.Name, .. (aliases.GetValueOrDefault(ModelCatalog.Answer) ?? []).Where(name => name != model.Name)];
        return file with
        {
            Providers = new(file.Providers) { [model.Section] = provider },
            Models = new(file.Models) { [model.Name] = model.ToEntry(known, listed, model.Section, mode) },
            Aliases = aliases,
        };
    }

    private static ModelCatalog Build(CatalogFile file, Func<string, string?> keyOf, Func<string, bool> isConfigured, List<string> warnings)
    {
        var providers = new Dictionary<string, CatalogProvider>();
        foreach (var (name, entry) in file.Providers)
        {
            var key = keyOf(name) is { Length: > 0 } found ? found : null;
            // No key where one is wanted: its models cannot be called, so they are not offered.
            if (entry!.ApiKeyEnv is not null && key is null && !isConfigured(name)) continue;
            var url = entry.BaseUrl is null ? null : new Uri(entry.BaseUrl.TrimEnd('/'));
            providers[name] = new CatalogProvider(name, entry.Type == "extractive", url, key, TimeSpan.FromSeconds(entry.TimeoutSeconds), entry.MaxTokensField ?? DefaultMaxTokensField(entry.Type, url), entry.FirstTokenSeconds)
            {
                Type = entry.Type, ApiVersion = entry.ApiVersion,
            };
        }

        var models = file.Models.Where(pair => providers.ContainsKey(pair.Value!.Provider))
            .ToFrozenDictionary(pair => pair.Key, pair => new CatalogModel(pair.Key, pair.Value!, providers[pair.Value!.Provider]), StringComparer.Ordinal);
        var aliases = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var (name, listed) in file.Aliases)
        {
            var offered = listed!.Where(models.ContainsKey).ToArray();
            if (offered.Length > 0) aliases[name] = offered;
            else warnings.Add($"The alias '{name}' is not offered: no provider of its models has a key.");
        }

        return new ModelCatalog(Version(models, aliases), models, aliases.ToFrozenDictionary(StringComparer.Ordinal), warnings)
        {
            TenantLimits = file.TenantLimits.ToFrozenDictionary(pair => pair.Key, pair => new LimitValues(pair.Value!.Rpm, pair.Value.Tpm, pair.Value.MaxConcurrency), StringComparer.Ordinal),
        };
    }

    private static string? DefaultUrl(string type) => type switch
    {
        "openai" => OpenAiUrl,
        "anthropic" => "https://api.anthropic.com",
        "ollama" => "http://localhost:11434",
        _ => null,
    };

    private static string DefaultMaxTokensField(string type, Uri? url) =>
        type == "azure" || url is not null && (url.Host == "api.openai.com" || url.Host.EndsWith(".azure.com", StringComparison.OrdinalIgnoreCase)) ? "max_completion_tokens" : "max_tokens";

    private static string Version(IReadOnlyDictionary<string, CatalogModel> models, IReadOnlyDictionary<string, IReadOnlyList<string>> aliases)
    {
        var visible = new
        {
            Models = models.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new { pair.Key, pair.Value.Entry, pair.Value.Price }),
            Aliases = aliases.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new { pair.Key, pair.Value }),
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(visible)))[..12];
    }
}
