using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Ingest;

/// <summary>
/// Removes a collection: each of its documents, by way of the one writer. One that is cut off has removed some of them, durably, and can be asked for again. The corpus itself stays, empty:
/// its versions must never return to an earlier value.
/// </summary>
internal sealed class CollectionDeletion(CorpusRegistry corpora, DocumentStore store, IngestQueue queue)
{
    private const int Batch = 128;

    /// <summary>Removes the documents that the collection has by now, and those that come while it works.</summary>
    /// <returns>How many they were, and the corpus' sequence afterwards.</returns>
    /// <exception cref="IngestException">One could not be removed.</exception>
    public async Task<(long Documents, long Sequence)> DeleteAsync(CorpusKey key, CancellationToken cancellationToken)
    {
        if (corpora.Find(key) is not { } corpus) return (0, 0);
        long deleted = 0;
        while (store.ReadSomeIds(corpus.Number, Batch) is { Count: > 0 } ids)
        {
            var changes = new List<Task<ChangeOutcome>>(ids.Count);
            foreach (var id in ids) changes.Add(await queue.SubmitAsync(new Change(key, id, null), cancellationToken));
            deleted += (await Task.WhenAll(changes).WaitAsync(cancellationToken)).Count(outcome => outcome.Kind == ChangeKind.Deleted);
        }

        return (deleted, corpus.Row.Sequence);
    }
}
