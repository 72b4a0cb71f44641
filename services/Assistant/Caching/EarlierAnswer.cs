using Slipway.Assistant.Citations;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;

namespace Slipway.Assistant.Caching;

/// <summary>
/// Whether an answer that was made from an earlier version of the corpus still stands: the same question was searched for again, and
/// (1) every passage that the answer cites was found, unchanged;
/// (2) every passage ranked before the last of these was found when the answer was made, too: nothing new or changed stands among what it rests on.
/// A change further down does not matter. An answer that cites nothing never stands: there is nothing to see.
/// </summary>
internal static class EarlierAnswer
{
    /// <summary>The answer with its citations as the passages stand now; null when it does not stand.</summary>
    public static Answer? Revive(CachedAnswer earlier, IReadOnlyList<Passage> found)
    {
        if (earlier.Citations.Count == 0 || earlier.Cited.Count != earlier.Citations.Count || earlier.FinishReason != "stop") return null;
        var hashes = found.Select(PassageHash.Of).ToList();
        var places = earlier.Cited.Select(hash => hashes.IndexOf(hash)).ToList();
        if (places.Contains(-1)) return null;
        var known = earlier.Found.ToHashSet();
        return hashes.Take(places.Max()).All(known.Contains)
            ? AnswerCodec.Decode(earlier) with { Citations = [.. earlier.Citations.Select((citation, index) => Citation.Of(citation.Number, found[places[index]]))] }
            : null;
    }
}
