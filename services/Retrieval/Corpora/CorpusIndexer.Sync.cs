using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Corpora;

internal sealed partial class CorpusIndexer
{
    /// <summary>Chunks that are compared at a time.</summary>
    private const int SyncBatch = 512;

    /// <summary>Makes the corpus' set hold exactly the stored vectors.</summary>
    private async Task SyncAsync(CancellationToken cancellationToken)
    {
        if (corpus.Generation is not { } generation || !link.IsAvailable) return;
        var epoch = link.Epoch;
        await RemoveGoneAsync(generation, cancellationToken);
        var expected = store.CountVectors(generation.Row.Number);
        var held = await vectors.CountAsync(generation.Set, cancellationToken);
        if (corpus.VectorsEpoch == epoch && held == expected) return;

        // The index was away, or lost or kept something. Equal counts are enough to answer from; whether they count the same chunks is checked below.
        corpus.VectorsEpoch = held == expected ? epoch : 0;
        var added = await AddMissingAsync(generation, cancellationToken);
        held = await vectors.CountAsync(generation.Set, cancellationToken);
        if (held != store.CountVectors(generation.Row.Number))
        {
            // It holds chunks that nobody knows: it forgot removals which it had acknowledged.
            await vectors.DropAsync(generation.Set, cancellationToken);
            added = await AddMissingAsync(generation, cancellationToken);
        }

        await DropStraySetsAsync(generation, cancellationToken);
        if (link.IsAvailable && link.Epoch == epoch) corpus.VectorsEpoch = epoch;
        LogSynced(corpus.Name, expected, added);
    }

    private async Task RebuildIfWantedAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource? rebuild;
        lock (_gate) (rebuild, _rebuild) = (_rebuild, null);
        if (rebuild is null) return;
        try
        {
            if (corpus.Generation is { } generation)
            {
                var epoch = link.Epoch;
                corpus.VectorsEpoch = 0;
                await vectors.DropAsync(generation.Set, cancellationToken);
                var added = await AddMissingAsync(generation, cancellationToken);
                if (link.IsAvailable && link.Epoch == epoch) corpus.VectorsEpoch = epoch;
                LogRebuilt(corpus.Name, added);
            }

            rebuild.TrySetResult();
        }
        catch (Exception exception)
        {
            rebuild.TrySetException(exception);
            // Whoever asked is told; somebody who has stopped waiting must not make it an unobserved exception.
            _ = rebuild.Task.Exception;
            throw;
        }
    }

    private async Task<long> AddMissingAsync(Generation generation, CancellationToken cancellationToken)
    {
        long after = 0, added = 0;
        while (store.ReadVectorChunks(generation.Row.Number, after, SyncBatch) is { Count: > 0 } stored)
        {
            var missing = await vectors.FindMissingAsync(generation.Set, stored, cancellationToken);
            await vectors.AddAsync(generation.Set, store.ReadVectors(generation.Row.Number, missing), cancellationToken);
            added += missing.Count;
            after = stored[^1];
        }

        // A document that was replaced meanwhile: its chunks were in what was read, and are to go again.
        await RemoveGoneAsync(generation, cancellationToken);
        return added;
    }

    private async Task RemoveGoneAsync(Generation generation, CancellationToken cancellationToken)
    {
        while (store.ReadVectorRemovals(generation.Row.Number) is { Count: > 0 } gone)
        {
            await vectors.RemoveAsync(generation.Set, gone, cancellationToken);
            store.ClearVectorRemovals(generation.Row.Number, gone);
        }
    }

    /// <summary>Sets of generations that are no more, which could not be dropped when their time came.</summary>
    private async Task DropStraySetsAsync(Generation generation, CancellationToken cancellationToken)
    {
        foreach (var name in await vectors.ListAsync(VectorSets.PrefixFor(store, corpus.Number), cancellationToken))
        {
            if (name != generation.Set) await vectors.DropAsync(name, cancellationToken);
        }
    }

    [LoggerMessage(124, LogLevel.Information, "The vector index of {Corpus} was built again with {Vectors} vectors.")]
    private partial void LogRebuilt(string corpus, long vectors);

    [LoggerMessage(123, LogLevel.Information, "The vector index holds the {Vectors} vectors of {Corpus}; {Added} were missing.")]
    private partial void LogSynced(string corpus, long vectors, long added);
}
