using Slipway.Contracts;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>Small corpora to search in.</summary>
internal static class Samples
{
    public static UpsertDocumentRequest Markdown(string tenant, string id, string text) =>
        new() { Tenant = tenant, Id = id, Text = text, ContentType = ContentType.Markdown };

    public static UpsertDocumentRequest Text(string tenant, string id, string text, string title = "") => new() { Tenant = tenant, Id = id, Text = text, Title = title };

    /// <summary>Six pages of a handbook, with sections long enough to be chunks of their own.</summary>
    public static UpsertDocumentRequest[] Small(string tenant) =>
    [
        Markdown(tenant, "rollback.md", $"""
            # Rolling back a release

            A release binds prompts, models and retrieval settings. {Filler("release")}

            ## Canaries

            A canary that breaches a guardrail rolls back by itself. {Filler("canary")}
            """),
        Markdown(tenant, "cache.md", $"# The cache\n\nThe output cache keeps answers by intent, with a time to live and jitter. {Filler("cache")}"),
        Markdown(tenant, "quota.md", $"# Quotas\n\nEach tenant has a request quota for every minute; beyond it the edge answers 429. {Filler("quota")}"),
        Markdown(tenant, "vectors.md", $"# Vectors\n\nThe vector index holds an embedding of every chunk. {Filler("embedding")}"),
        Markdown(tenant, "models.md", $"# Models\n\nThe broker chooses a provider by price and limits. {Filler("provider")}"),
        Markdown(tenant, "prompts.md", $"# Prompts\n\nTemplates are rendered within a token budget. {Filler("template")}"),
    ];

    private static string Filler(string word) =>
        string.Join(' ', Enumerable.Range(0, 8).Select(i => $"The {word} of part {i} is described where its owner keeps it."));
}
