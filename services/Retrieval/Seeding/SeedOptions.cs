namespace Slipway.Retrieval.Seeding;

/// <summary>The folder that is indexed at start, from <c>Slipway:Corpus</c>.</summary>
internal sealed record SeedOptions
{
    /// <summary>A folder of .md, .txt and .jsonl files; empty for none. Files whose or whose folder's name begins with a dot are left out.</summary>
    public string Path { get; init; } = "";

    /// <summary>The tenant whose documents they are.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>All that is wrong with it.</summary>
    public IEnumerable<string> Validate()
    {
        if (Path.Length == 0) yield break;
        if (!Directory.Exists(Path)) yield return $"Slipway:Corpus:Path names '{Path}', which is not a folder.";
        if (Tenant.Length == 0) yield return "Slipway:Corpus:Tenant is not set: it names the tenant of the documents under Slipway:Corpus:Path.";
    }
}
