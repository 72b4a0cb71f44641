using Slipway.Contracts;

namespace Slipway.Assistant.Confidence;

/// <summary>
/// How far an answer can be trusted, 0 to 1, from what can be checked without another model (docs/concepts/confidence.md):
/// <c>0.45 · coverage + 0.35 · support + 0.20 · strength</c>, times 0.8 for each degraded stage of retrieval, prompt and model; 0 without a valid citation.
/// Coverage: the part of the question's content words found in the cited passages. Support: the part of the answer's content words found there.
/// Strength: the best cited passage's cosine similarity, or <c>s / (s + 8)</c> of its BM25 score s where vectors had no part.
/// The weights are a judgement, not a fit: the score orders answers, it is no probability.
/// </summary>
internal static class ConfidenceScore
{
    public const double CoverageWeight = 0.45;
    public const double SupportWeight = 0.35;
    public const double StrengthWeight = 0.20;
    public const double DegradedFactor = 0.8;
    private const double KeywordHalf = 8;

    public static double Of(string question, string answer, IReadOnlyList<Passage> cited, int degradedStages)
    {
        if (cited.Count == 0) return 0;
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var passage in cited)
        {
            known.UnionWith(Words.Of(passage.Text));
            known.UnionWith(Words.Of(passage.Title));
            known.UnionWith(Words.Of(passage.Heading));
        }

        var score = CoverageWeight * Share(Words.Of(question), known)
            + SupportWeight * Share(Words.Of(answer), known)
            + StrengthWeight * cited.Max(Strength);
        return Degraded(Math.Clamp(score, 0, 1), degradedStages);
    }

    /// <summary>What is left of a score when so many stages were degraded.</summary>
    public static double Degraded(double score, int stages) => Math.Round(score * Math.Pow(DegradedFactor, stages), 4);

    private static double Strength(Passage passage) =>
        passage.VectorScore > 0 ? Math.Clamp(passage.VectorScore, 0, 1) : passage.KeywordScore / (passage.KeywordScore + KeywordHalf);

    private static double Share(HashSet<string> words, HashSet<string> known) => words.Count == 0 ? 0 : (double)words.Count(known.Contains) / words.Count;
}
