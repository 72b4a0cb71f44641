using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Embedding.Migration;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Vectors;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Retrieval.Search;

/// <summary>
/// While the embedder of a corpus changes, repeats live vector searches with the new one, off the requests' path and one at a time: what both found, whether it failed and how long it took. The
/// questions are kept in memory alone, and no longer than until they are repeated.
/// </summary>
internal sealed class DualReader(
    CorpusRegistry corpora, EmbeddingsMigrations migrations, IVectorIndex vectors, VectorLink link, EmbeddingOptions embedding, VectorOptions options, TimeProvider time) : BackgroundService
{
    /// <summary>The depth of the comparison.</summary>
    private const int K = 10;

    private const int Waiting = 64;

    private static readonly Counter<long> Reads = SlipwayTelemetry.Meter.CreateCounter<long>(
        "slipway.retrieval.dual_reads", "{search}", "Searches that were repeated with the embedder that is to be used, by outcome.");

    private readonly Channel<DualRead> _reads = Channel.CreateBounded<DualRead>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>A vector search was answered. Returns at once; it may be repeated later.</summary>
    public void Offer(Corpus corpus, Generation answered, string text, IReadOnlyList<ScoredChunk> found)
    {
        if (corpus.Migration is { Phase: MigrationPhase.DualRead } && corpus.Generation == answered && corpus.Other is { } target)
            _reads.Writer.TryWrite(new DualRead(corpus, target, text, [.. found.Take(K).Select(hit => hit.Chunk)]));
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            await foreach (var read in _reads.Reader.ReadAllAsync(stoppingToken)) await RepeatAsync(read, stoppingToken);
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; an ObjectDisposedException of the store is one way to learn of it.
        }
    }

    private async Task RepeatAsync(DualRead read, CancellationToken cancellationToken)
    {
        var (corpus, target, text, found) = read;
        // An index that is away says nothing about the embedder.
        if (corpus.Other != target || !link.IsAvailable || corpus.EpochOf(target) != link.Epoch) return;
        var started = time.GetTimestamp();
        double? overlap;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var vector = new float[target.Embedder.Dimensions];
            await target.Embedder.EmbedAsync([text], EmbeddingUse.Query, vector, late.Token).AsTask().WaitAsync(TimeSpan.FromMilliseconds(embedding.QueryTimeoutMs), time, cancellationToken);
            IReadOnlyList<ScoredChunk> other = vector.AsSpan().ContainsAnyExcept(0f)
                ? await vectors.SearchAsync(target.Set, vector, K, cancellationToken).WaitAsync(TimeSpan.FromMilliseconds(options.TimeoutMs), time, cancellationToken) : [];
            overlap = OverlapOf(found, other);
        }
        catch (Exception exception) when (exception is EmbedderException or TimeoutException)
        {
            await late.CancelAsync();
            overlap = null;
        }
        catch (VectorIndexException)
        {
            return;
        }

        Reads.Add(1, new KeyValuePair<string, object?>("slipway.retrieval.outcome", overlap is null ? "failed" : "answered"));
        if (migrations.Count(corpus, target, overlap, time.GetElapsedTime(started).TotalMilliseconds)) corpora.Ensure(corpus.Key).Indexer.Wake();
    }

    /// <summary>The share of the chunks that both found, of as many as the longer ranking has.</summary>
    internal static double OverlapOf(IReadOnlyList<long> found, IReadOnlyList<ScoredChunk> other)
    {
        var most = Math.Max(found.Count, other.Count);
        return most == 0 ? 1 : (double)found.Intersect(other.Select(hit => hit.Chunk)).Count() / most;
    }

    private sealed record DualRead(Corpus Corpus, Generation Target, string Text, IReadOnlyList<long> Found);
}
