using System.Collections.Frozen;
using Slipway.Contracts;
using Slipway.ModelBroker.Limits;
using Slipway.ModelBroker.Prices;

namespace Slipway.ModelBroker.Catalog;

/// <summary>The checked catalog: what is offered, to whom calls go, and what they cost. Immutable.</summary>
/// <param name="Version">Changes when anything that callers can see changes.</param>
/// <param name="Models">The offered models by name.</param>
/// <param name="Aliases">Offered models by alias, in the order in which they are tried.</param>
/// <param name="Warnings">What an operator should know at start.</param>
internal sealed record ModelCatalog(
    string Version, FrozenDictionary<string, CatalogModel> Models, FrozenDictionary<string, IReadOnlyList<string>> Aliases, IReadOnlyList<string> Warnings)
{
    /// <summary>The alias of the models that answer questions.</summary>
    public const string Answer = "answer";

    /// <summary>The alias of the cheap models.</summary>
    public const string Small = "small";

    /// <summary>The name under which <see cref="TenantLimits"/> has those of each tenant that is not named.</summary>
    public const string EveryTenant = "*";

    /// <summary>Limits by tenant.</summary>
    public IReadOnlyDictionary<string, LimitValues> TenantLimits { get; init; } = FrozenDictionary<string, LimitValues>.Empty;

    /// <summary>Finds a model by name or alias; an alias means its first model.</summary>
    public CatalogModel? Find(string name)
    {
        if (Models.TryGetValue(name, out var model)) return model;
        return Aliases.TryGetValue(name, out var models) ? Models[models[0]] : null;
    }

    /// <summary>The models behind a name, or a name and its fallbacks, of one mode, each once, in the order in which they are tried; empty when the first name has none.</summary>
    public IReadOnlyList<CatalogModel> Route(string name, string mode, IReadOnlyList<string>? fallbacks = null)
    {
        if (fallbacks is not { Count: > 0 } && Models.TryGetValue(name, out var only)) return only.Entry.Mode == mode ? only.Alone : [];
        var route = new List<CatalogModel>();
        Add(name);
        if (route.Count == 0) return [];
        foreach (var fallback in fallbacks ?? []) Add(fallback);
        return route;

        void Add(string wanted)
        {
            if (Models.TryGetValue(wanted, out var model)) Take(model);
            else if (Aliases.TryGetValue(wanted, out var models)) foreach (var listed in models) Take(Models[listed]);
        }

        void Take(CatalogModel model)
        {
            if (model.Entry.Mode == mode && !route.Contains(model)) route.Add(model);
        }
    }
}

/// <summary>An offered model.</summary>
/// <param name="Name">The catalog's name.</param>
/// <param name="Entry">Its entry.</param>
/// <param name="Provider">Its provider.</param>
internal sealed record CatalogModel(string Name, ModelEntry Entry, CatalogProvider Provider)
{
    /// <summary>The provider's name for it.</summary>
    public string ProviderModel => Entry.ProviderModel ?? Name;

    /// <summary>The longest wait for a piece of a stream, when it is set.</summary>
    public TimeSpan? FirstToken { get; } = (Entry.FirstTokenSeconds ?? Provider.FirstTokenSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Its limits.</summary>
    public LimitValues Limits { get; } = new(Entry.Rpm, Entry.Tpm, Entry.MaxConcurrency);

    /// <summary>The route of a call that nobody else may answer.</summary>
    public IReadOnlyList<CatalogModel> Alone => field ??= [this];

    /// <summary>Whether it answers chats.</summary>
    public bool IsChat => Entry.Mode == "chat";

    /// <summary>Whether it embeds texts.</summary>
    public bool IsEmbedding => Entry.Mode == "embedding";

    /// <summary>Whether it scores documents.</summary>
    public bool IsReranker => Entry.Mode == "rerank";

    /// <summary>What it costs: the entry's own prices, and else the list's.</summary>
    public ModelPrice Price { get; } = Entry.ToPrice();

    /// <summary>USD of a call.</summary>
    public double Cost(Usage usage) => Price.Cost(usage);
}

/// <summary>A provider that can be called.</summary>
/// <param name="Name">The catalog's name.</param>
/// <param name="IsExtractive">Whether it is the built-in one.</param>
/// <param name="BaseUrl">The endpoint; null for the built-in one.</param>
/// <param name="ApiKey">The key; null: none is sent.</param>
/// <param name="Timeout">The longest call, and the longest silence of a stream.</param>
/// <param name="MaxTokensField">The field that carries the output limit.</param>
/// <param name="FirstTokenSeconds">The longest wait for a piece of a stream, seconds; null: <paramref name="Timeout"/>.</param>
internal sealed record CatalogProvider(string Name, bool IsExtractive, Uri? BaseUrl, string? ApiKey, TimeSpan Timeout, string MaxTokensField, double? FirstTokenSeconds = null)
{
    /// <summary>Its name for callers.</summary>
    public string Label => IsExtractive ? "extractive" : Name;

    /// <summary>The API that it speaks: a type of <see cref="ProviderEntry"/>.</summary>
    public string Type { get; init; } = "openai";

    /// <summary>Azure's version of the API, where deployments stand in the path.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Without the key: records print their members.</summary>
    public override string ToString() => $"{Name} {BaseUrl}";
}
