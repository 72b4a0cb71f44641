using System.Globalization;
using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Keyword;

/// <summary>Opens Lucene indexes, a folder for each corpus.</summary>
internal sealed class LuceneIndexes(DocumentStore store, RetrievalPaths paths, KeywordOptions options) : IKeywordIndexes
{
    /// <summary>It waits for nothing but the disk.</summary>
    public TimeSpan Patience => Timeout.InfiniteTimeSpan;

    /// <inheritdoc />
    public async ValueTask<IKeywordIndex> OpenAsync(CorpusRow corpus, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(paths.Keyword, corpus.Number.ToString(CultureInfo.InvariantCulture));
        var index = LuceneIndex.Open(folder, store.DatabaseId, options);
        if (index.Sequence <= corpus.Sequence) return index;

        // The store is older than the index (restored from a backup): what the index knows may never have been.
        await index.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        return LuceneIndex.Open(folder, store.DatabaseId, options);
    }
}
