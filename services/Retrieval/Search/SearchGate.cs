using System.Threading.RateLimiting;
using Slipway.Retrieval.Elasticsearch;
using Slipway.Retrieval.Embedding;

namespace Slipway.Retrieval.Search;

/// <summary>
/// Lets so many searches run at once as the machine can answer in time; the others wait. The newest of them goes first and the longest wait ends first: when more is asked than can be done, some
/// are answered in time and the rest are refused, where first come, first served would have each one reach its turn when its time is over.
/// </summary>
internal sealed class SearchGate(RetrievalOptions options) : IAsyncDisposable
{
    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = Places(options),
        QueueLimit = options.Search.MostWaiting,
        QueueProcessingOrder = QueueProcessingOrder.NewestFirst,
    });

    /// <summary>Waits for a place. Disposing the lease gives it back; one that is not acquired was refused.</summary>
    /// <exception cref="OperationCanceledException">The caller's time is over.</exception>
    public ValueTask<RateLimitLease> EnterAsync(CancellationToken cancellationToken) => _limiter.AcquireAsync(1, cancellationToken);

    public ValueTask DisposeAsync() => _limiter.DisposeAsync();

    /// <summary>How many searches run at once: one that waits for another machine leaves the processor to others.</summary>
    public static int Places(RetrievalOptions options)
    {
        if (options.Search.MostAtOnce > 0) return options.Search.MostAtOnce;
        var remote = ElasticServices.IsUsed(options) || options.Reranker.Model.Length > 0 || options.Embedding.Embedder == EmbeddingOptions.OpenAiName;
        return Environment.ProcessorCount * (remote ? 64 : 8);
    }
}
