namespace Slipway.Assets.Slo;

/// <summary>The stages of the request path, in their order (DESIGN: the request path).</summary>
public enum Stage
{
    /// <summary>Keys, quotas and routing, in the edge.</summary>
    Gateway,

    /// <summary>Which release answers.</summary>
    Flags,

    /// <summary>The output cache, then the passages that were found before.</summary>
    Cache,

    /// <summary>Finding passages.</summary>
    Retrieval,

    /// <summary>Building the prompt.</summary>
    Prompt,

    /// <summary>The model's answer.</summary>
    Model,

    /// <summary>Checking citations, and the confidence.</summary>
    Post,

    /// <summary>Making the record.</summary>
    Record,
}

/// <summary>The stages' names.</summary>
public static class Stages
{
    /// <summary>The names that spans, headers, records and <c>slo.json</c> use; the index is the enum's value.</summary>
    public static readonly IReadOnlyList<string> Names = ["gateway", "flags", "cache", "retrieval", "prompt", "model", "post", "record"];

    /// <summary>How many there are.</summary>
    public static int Count => Names.Count;

    /// <summary>The name of a stage.</summary>
    public static string Name(this Stage stage) => Names[(int)stage];
}
