using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Keyword;

/// <summary>Opens the keyword indexes of corpora, of the backend that the configuration names.</summary>
internal interface IKeywordIndexes
{
    /// <summary>How long whoever needs a corpus waits for its index to open; meanwhile and afterwards it is a <see cref="ClosedKeywordIndex"/>. Infinite where opening needs nobody else.</summary>
    TimeSpan Patience { get; }

    /// <summary>
    /// Opens the index of a corpus as it was left, for the caller to catch up. One that is damaged, made otherwise, or ahead of the store is emptied: its sequence is 0.
    /// </summary>
    /// <exception cref="KeywordIndexException">It cannot be had now.</exception>
    ValueTask<IKeywordIndex> OpenAsync(CorpusRow corpus, CancellationToken cancellationToken);
}
