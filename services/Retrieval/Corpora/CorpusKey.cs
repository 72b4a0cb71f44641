namespace Slipway.Retrieval.Corpora;

/// <summary>Names a corpus: a collection of a tenant. Nothing that is stored or searched under one key is ever seen under another.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Collection">The collection, <see cref="Default"/> where a caller names none.</param>
internal readonly record struct CorpusKey(string Tenant, string Collection)
{
    /// <summary>The collection of callers that name none.</summary>
    public const string Default = "default";

    /// <summary>The key of a request's fields, where an empty collection means the default one.</summary>
    public static CorpusKey Of(string tenant, string collection) => new(tenant, collection.Length == 0 ? Default : collection);

    /// <summary>For people: the tenant, and the collection where it is not the default one.</summary>
    public override string ToString() => Collection == Default ? Tenant : $"{Tenant}/{Collection}";
}
