namespace Slipway.Assistant.Budgets;

/// <summary>The stages of the request path, in their order (DESIGN: the request path).</summary>
internal enum Stage
{
    Gateway,
    Flags,
    Cache,
    Retrieval,
    Prompt,
    Model,
    Post,
    Record,
}

internal static class Stages
{
    /// <summary>The names that spans, headers, records and <c>slo.json</c> use; the index is the enum's value.</summary>
    public static readonly string[] Names = ["gateway", "flags", "cache", "retrieval", "prompt", "model", "post", "record"];

    public static int Count => Names.Length;

    public static string Name(this Stage stage) => Names[(int)stage];
}
