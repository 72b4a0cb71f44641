using Xunit;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>
/// Makes figures repeatable: the embedder is fitted once, on the whole corpus. Otherwise it is fitted whenever the corpus pauses, so the figures would depend on how busy
/// the machine is.
/// </summary>
internal static class OneFit
{
    public static (string Key, string Value)[] Settings { get; } =
    [
        ("Slipway:Retrieval:Embedding:QuietMs", "60000"),
        ("Slipway:Retrieval:Vectors:PatienceMs", "60000"),
    ];

    /// <summary>Waits until the corpus is fitted and its vectors are in the index.</summary>
    public static async Task ReadyAsync(RetrievalHost host, string tenant, CancellationToken cancellationToken)
    {
        await host.VectorsReadyAsync(tenant, cancellationToken).WaitAsync(TimeSpan.FromMinutes(3), cancellationToken);
        var corpus = host.Corpora.Find(tenant)!;
        Assert.Equal(corpus.Row.Chunks, corpus.Generation!.Row.FittedChunks);
    }
}
