using Slipway.Testing;

namespace Slipway.Retrieval.Tests.Judged;

/// <summary>The judged questions about the handbook, and the handbook.</summary>
internal static class HandbookDataset
{
    public static string Pages { get; } = Path.Combine(Repository.Root, "docs");

    public static string Questions { get; } = Path.Combine(Repository.Root, "ai", "datasets", "handbook", "queries.jsonl");

    public static string Judgments { get; } = Path.Combine(Repository.Root, "ai", "datasets", "handbook", "qrels.tsv");
}
