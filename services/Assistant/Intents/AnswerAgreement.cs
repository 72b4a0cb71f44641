using Slipway.Assistant.Confidence;
using Slipway.Assistant.RequestPath;

namespace Slipway.Assistant.Intents;

/// <summary>
/// Whether an answer that was reused says what a fresh one says:
/// (1) the same text agrees;
/// (2) answers that cite, and less than half of what either cites in common, disagree;
/// (3) else quotes (the model <c>extractive</c>) agree, as they are what they cite, and written answers agree when their vectors are near, or, without vectors, when
/// they share half of their words.
/// </summary>
internal static class AnswerAgreement
{
    /// <summary>The least cosine similarity of two answers that say the same.</summary>
    public const double LeastSimilarity = 0.8;

    private const double LeastShare = 0.5;

    /// <param name="given">The answer that was reused.</param>
    /// <param name="fresh">The answer that was made for the question.</param>
    /// <param name="similarity">The cosine similarity of their texts, or null.</param>
    public static bool Agrees(Answer given, Answer fresh, double? similarity)
    {
        if (string.Equals(given.Text.Trim(), fresh.Text.Trim(), StringComparison.OrdinalIgnoreCase)) return true;
        var cited = Passages(given);
        var citedAfresh = Passages(fresh);
        if (cited.Count + citedAfresh.Count > 0 && Overlap(cited, citedAfresh) < LeastShare) return false;
        if (given.Provider == ModelStage.Extractive && fresh.Provider == ModelStage.Extractive) return cited.Count > 0;
        return similarity is { } near ? near >= LeastSimilarity : Overlap(Words.Of(given.Text), Words.Of(fresh.Text)) >= LeastShare;
    }

    private static HashSet<string> Passages(Answer answer) => [.. answer.Citations.Select(citation => citation.ChunkId)];

    /// <summary>What the two have in common, as a share of the larger; 1 when both are empty.</summary>
    private static double Overlap(HashSet<string> one, HashSet<string> other) =>
        one.Count + other.Count == 0 ? 1 : (double)one.Count(other.Contains) / Math.Max(one.Count, other.Count);
}
