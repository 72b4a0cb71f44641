using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Corpora;

internal sealed partial class CorpusIndexer
{
    /// <summary>How many times longer a pause must be to count as quiet while a stream of documents is open: its caller may only be slow.</summary>
    private const int PauseInStream = 10;

    /// <summary>The sequence at which the corpus spanned no space: no use trying before it changes.</summary>
    private long _hopeless = -1;

    /// <summary>Fits when it is due.</summary>
    /// <returns>When to look again.</returns>
    private async Task<TimeSpan> FitIfDueAsync(bool requested, CancellationToken cancellationToken)
    {
        var verify = TimeSpan.FromSeconds(options.Vectors.VerifySeconds);
        if (!embedders.IsFitted || (corpus.Generation is { } present && present.Row.Identity != embedders.Identity)) return verify;
        var row = corpus.Row;
        if (row.Chunks == 0 || row.Sequence == _hopeless) return verify;

        var fitted = corpus.Generation?.Row.FittedChunks ?? 0;
        var embedding = options.Embedding;
        var outgrown = fitted == 0 || row.Chunks >= fitted * embedding.QuietGrowth;
        if (!outgrown) return verify;
        var atOnce = fitted == 0 ? requested || row.Chunks >= embedding.FirstBusyFit : row.Chunks >= fitted * embedding.BusyGrowth;
        var quiet = TimeSpan.FromMilliseconds(embedding.QuietMs) * (corpus.Streams > 0 ? PauseInStream : 1);
        var untilQuiet = quiet - time.GetElapsedTime(corpus.ChangedAt);
        if (!atOnce && untilQuiet > TimeSpan.Zero) return untilQuiet;

        await RefitAsync(row.Sequence, cancellationToken);
        return verify;
    }

    /// <summary>
    /// Fits, embeds everything into a new generation, fills a new set, then switches; the old generation answers until then. A crash before the switch leaves the
    /// old one in use, and the new one is removed at the next start.
    /// </summary>
    private async Task RefitAsync(long sequence, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (model, chunks) = await fitting.FitAsync(corpus.Number, cancellationToken);
        if (model is null)
        {
            _hopeless = sequence;
            return;
        }

        var fitTime = time.GetElapsedTime(started);
        var old = corpus.Generation;
        var row = store.AddGeneration(corpus.Number, model.Version, chunks, embedders.Identity, "");
        var generation = new Generation(row, model, VectorSets.NameFor(store, row));
        LsaFile.Save(model, paths.Model(row.Number));

        var epoch = link.Epoch;
        var pushed = link.IsAvailable;
        try
        {
            await EmbedAsync(generation, complete: pushed, cancellationToken);
            pushed &= link.IsAvailable && link.Epoch == epoch;
        }
        catch (VectorIndexException exception)
        {
            if (exception.Fault != VectorFault.Refused) link.ReportFailure(exception.Fault);
            pushed = false;
            // The rest is stored, and brought to the index when it is back.
            await EmbedAsync(generation, complete: false, cancellationToken);
        }

        store.SwitchGeneration(corpus.Number, row.Number);
        corpus.VectorsEpoch = 0;
        corpus.Generation = generation;
        corpus.VectorsEpoch = pushed ? epoch : 0;
        corpus.Row = corpus.Row with { Generation = row.Number };
        hub.Publish(corpus.ToState(store));
        LogFitted(corpus.Name, model.Version, chunks, (long)fitTime.TotalMilliseconds, (long)time.GetElapsedTime(started).TotalMilliseconds);

        // A fit leaves some 100 MB of large arrays behind, which the collector would keep for the next one, hours away. This takes about 50 ms.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (old is null) return;
        store.DropGeneration(old.Row.Number);
        File.Delete(paths.Model(old.Row.Number));
        if (link.IsAvailable) await vectors.DropAsync(old.Set, cancellationToken);
    }

    [LoggerMessage(122, LogLevel.Information, "The embedder of {Corpus} is {Version}, fitted on {Chunks} chunks in {FitMs} ms, in use after {TotalMs} ms.")]
    private partial void LogFitted(string corpus, string version, long chunks, long fitMs, long totalMs);
}
