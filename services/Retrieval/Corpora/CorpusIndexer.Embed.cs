using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Corpora;

internal sealed partial class CorpusIndexer
{
    /// <summary>Chunks that LSA embeds and that are stored in one transaction.</summary>
    private const int Batch = 256;

    /// <summary>The same for a model that takes longer over a text.</summary>
    private const int SlowBatch = 64;

    /// <summary>Failed chunks that are tried again in one step.</summary>
    private const int MostRetried = 64;

    /// <summary>What an embedder must always be able to embed: when it fails on this too, the fault is not a text's.</summary>
    private const string Canary = "a";

    private static readonly TimeSpan Never = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly Random _chance = new(1);

    /// <summary>Chunks wait for an embedder that fails, or failed on them.</summary>
    private bool _behind;

    private int _failuresInARow;
    private long _failedAt;
    private TimeSpan _pause;

    /// <summary>
    /// Embeds what has no vector yet, and again what failed alone. New vectors go to the vector index at once when it is complete; else <see cref="SyncAsync"/> brings them.
    /// An embedder that fails is left alone for a while; everything else goes on, and keywords find what is not embedded.
    /// </summary>
    /// <returns>When to look again.</returns>
    private async Task<TimeSpan> EmbedPendingAsync(CancellationToken cancellationToken)
    {
        if (_failuresInARow > 0 && _pause - time.GetElapsedTime(_failedAt) is var left && left > TimeSpan.Zero) return left;
        try
        {
            if (corpus.Generation is null) await BeginAsync(cancellationToken);
            var next = Never;
            if (corpus.Generation is { } generation)
            {
                await EmbedAsync(generation, complete: corpus.VectorsEpoch == link.Epoch, cancellationToken);
                next = await EmbedFailedAsync(generation, cancellationToken);
            }

            _failuresInARow = 0;
            _behind = next < Never;
            return next;
        }
        catch (EmbedderException exception)
        {
            _pause = PauseAfter(_failuresInARow++);
            _failedAt = time.GetTimestamp();
            _behind = true;
            LogEmbedderFailed(corpus.Name, exception.Fault, exception.Message, (long)_pause.TotalMilliseconds);
            return _pause;
        }
    }

    /// <summary>Puts an embedder that is not fitted to use, as soon as there is something to embed. Its set is empty, and so complete.</summary>
    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (embedders.IsFitted || corpus.Row.Chunks == 0) return;
        var configured = await embedders.GetAsync(cancellationToken);
        var generation = Add(configured);
        store.SwitchGeneration(corpus.Number, generation.Row.Number);
        Use(generation, link.IsAvailable ? link.Epoch : 0);
        LogBegun(corpus.Name, configured.Embedder.Version);
    }

    private Generation Add(ConfiguredEmbedder configured)
    {
        var row = store.AddGeneration(corpus.Number, configured.Embedder.Version, 0, configured.Identity, configured.Spec.ToJson());
        return new Generation(row, configured.Embedder, VectorSets.NameFor(store, row));
    }

    /// <summary>A generation answers from now on.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="epoch">The epoch of the vector link in which its set is complete; 0 when it is not.</param>
    private void Use(Generation generation, long epoch)
    {
        corpus.VectorsEpoch = 0;
        corpus.Generation = generation;
        corpus.VectorsEpoch = epoch;
        corpus.Row = corpus.Row with { Generation = generation.Row.Number };
        hub.Publish(corpus.ToState(store));
    }

    private async Task EmbedAsync(Generation generation, bool complete, CancellationToken cancellationToken)
    {
        var after = store.ReadGenerations(corpus.Number).First(row => row.Number == generation.Row.Number).UpTo;
        var batch = generation.Embedder is LsaModel ? Batch : SlowBatch;
        while (store.ReadChunks(corpus.Number, after, batch) is { Count: > 0 } chunks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (made, failed) = (new List<ChunkVector>(chunks.Count), new List<EmbedFailure>());
            await EmbedAsync(generation.Embedder, chunks, made, failed, cancellationToken);
            // Noted before the watermark moves: whatever a crash leaves, no chunk is passed over.
            Note(generation, failed);
            after = chunks[^1].Chunk;
            var stored = store.AddVectors(generation.Row.Number, made, after);
            if (complete && link.IsAvailable) await vectors.AddAsync(generation.Set, stored, cancellationToken);
            else complete = false;
        }
    }

    /// <summary>
    /// Embeds chunks. When that fails although the embedder takes other texts, it is tried with halves of them, down to single ones: what fails alone is noted, and the others have their vectors.
    /// </summary>
    /// <exception cref="EmbedderException">The embedder fails whatever the text.</exception>
    private async Task EmbedAsync(IEmbedder embedder, IReadOnlyList<ChunkRow> chunks, List<ChunkVector> made, List<EmbedFailure> failed, CancellationToken cancellationToken)
    {
        var dimensions = embedder.Dimensions;
        var buffer = new float[chunks.Count * dimensions];
        try
        {
            await embedder.EmbedAsync([.. chunks.Select(ModelFitting.TextOf)], EmbeddingUse.Document, buffer, cancellationToken);
        }
        catch (EmbedderException exception)
        {
            if (!await AnswersAsync(embedder, cancellationToken)) throw;
            if (chunks.Count == 1)
            {
                failed.Add(new EmbedFailure(chunks[0].Chunk, 1, exception.Fault == EmbedderFault.Unavailable ? 0 : 1, false, 0));
                return;
            }

            await EmbedAsync(embedder, [.. chunks.Take(chunks.Count / 2)], made, failed, cancellationToken);
            await EmbedAsync(embedder, [.. chunks.Skip(chunks.Count / 2)], made, failed, cancellationToken);
            return;
        }

        for (var i = 0; i < chunks.Count; i++)
        {
            var vector = buffer.AsSpan(i * dimensions, dimensions);
            // A text without a known term has no direction: it is found by keyword only.
            if (vector.ContainsAnyExcept(0f)) made.Add(new ChunkVector(chunks[i].Chunk, vector.ToArray()));
        }
    }

    private static async Task<bool> AnswersAsync(IEmbedder embedder, CancellationToken cancellationToken)
    {
        try
        {
            await embedder.EmbedAsync([Canary], EmbeddingUse.Document, new float[embedder.Dimensions], cancellationToken);
            return true;
        }
        catch (EmbedderException)
        {
            return false;
        }
    }

    /// <summary>Tries again the chunks that failed alone and are due.</summary>
    /// <returns>When the next are due.</returns>
    private async Task<TimeSpan> EmbedFailedAsync(Generation generation, CancellationToken cancellationToken)
    {
        foreach (var failure in store.ReadEmbedFailures(generation.Row.Number, MostRetried).Where(failure => failure.NextMs <= time.GetUtcNow().ToUnixTimeMilliseconds()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // A chunk that was removed has taken its failure with it.
            if (store.ReadChunks(corpus.Number, failure.Chunk - 1, 1) is not [var chunk] || chunk.Chunk != failure.Chunk) continue;
            var (made, failed) = (new List<ChunkVector>(1), new List<EmbedFailure>(1));
            await EmbedAsync(generation.Embedder, [chunk], made, failed, cancellationToken);
            if (failed is [var again])
            {
                Note(generation, [again with { Attempts = failure.Attempts + 1, Refusals = failure.Refusals + again.Refusals }]);
                continue;
            }

            var stored = store.AddVectors(generation.Row.Number, made, 0);
            store.ClearEmbedFailure(generation.Row.Number, failure.Chunk);
            if (corpus.Generation == generation && corpus.VectorsEpoch == link.Epoch && link.IsAvailable) await vectors.AddAsync(generation.Set, stored, cancellationToken);
        }

        return store.ReadEmbedFailures(generation.Row.Number, 1) is [var next]
            ? TimeSpan.FromMilliseconds(Math.Max(1, next.NextMs - time.GetUtcNow().ToUnixTimeMilliseconds())) : Never;
    }

    private void Note(Generation generation, IReadOnlyList<EmbedFailure> failures)
    {
        if (failures.Count == 0) return;
        var embedding = options.Embedding;
        var now = time.GetUtcNow();
        var noted = failures.Select(failure => failure with
        {
            Final = failure.Attempts >= embedding.MostFailures || failure.Refusals >= embedding.MostRefusals,
            NextMs = (now + PauseAfter(failure.Attempts - 1)).ToUnixTimeMilliseconds(),
        }).ToList();
        store.SaveEmbedFailures(generation.Row.Number, noted);
        foreach (var failure in noted.Where(failure => failure.Final)) LogGivenUp(failure.Chunk, corpus.Name, generation.Embedder.Version, failure.Attempts, failure.Refusals);
    }

    /// <summary>Twice as long after each failure, and up to half as much more by chance, so that many corpora do not come back at once.</summary>
    private TimeSpan PauseAfter(int failures)
    {
        var pause = TimeSpan.FromMilliseconds(options.Embedding.RetryMs * Math.Pow(2, Math.Min(failures, 20)));
        return (pause < LongestPause ? pause : LongestPause) * (1 + (_chance.NextDouble() / 2));
    }

    [LoggerMessage(125, LogLevel.Warning, "The embedder of {Corpus} fails ({Fault}): {Reason} Keywords find what is not embedded; it is tried again in {Milliseconds} ms.")]
    private partial void LogEmbedderFailed(string corpus, EmbedderFault fault, string reason, long milliseconds);

    [LoggerMessage(126, LogLevel.Error, "Chunk {Chunk} of {Corpus} cannot be embedded with {Version}: it failed {Attempts} times alone, and was refused {Refusals} times. Keywords find it.")]
    private partial void LogGivenUp(long chunk, string corpus, string version, int attempts, int refusals);

    [LoggerMessage(127, LogLevel.Information, "The embedder of {Corpus} is {Version}.")]
    private partial void LogBegun(string corpus, string version);
}
