using Slipway.Retrieval.Corpora;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>Tests that are not about collections name a tenant and mean its default one.</summary>
internal static class DefaultCollection
{
    public static Corpus? Find(this CorpusRegistry corpora, string tenant) => corpora.Find(Of(tenant));

    public static OpenCorpus Ensure(this CorpusRegistry corpora, string tenant) => corpora.Ensure(Of(tenant));

    public static CorpusKey Of(string tenant) => new(tenant, CorpusKey.Default);
}
