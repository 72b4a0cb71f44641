using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Slipway.Evaluation;

/// <summary>
/// A measure of retrieval and its cut. Definitions: trec_eval 10 (https://github.com/usnistgov/trec_eval, m_recall.c, m_P.c, m_recip_rank.c, m_map.c,
/// m_map_cut.c, m_ndcg.c, m_ndcg_cut.c); nDCG after Järvelin and Kekäläinen, ACM TOIS 20 (2002), 422–446.
/// Names: <c>recall@k</c>, <c>precision@k</c>, <c>overlap@k</c>, <c>mrr</c>, <c>mrr@k</c>, <c>map</c>, <c>map@k</c>, <c>ndcg</c>, <c>ndcg@k</c>.
/// </summary>
public sealed record Measure
{
    /// <summary>The largest cut.</summary>
    public const int LargestCutoff = 1_000_000;

    private static readonly (string Name, MeasureKind Kind, bool NeedsCutoff)[] Kinds =
    [
        ("recall", MeasureKind.Recall, true), ("precision", MeasureKind.Precision, true), ("overlap", MeasureKind.Overlap, true),
        ("mrr", MeasureKind.ReciprocalRank, false), ("map", MeasureKind.AveragePrecision, false), ("ndcg", MeasureKind.Ndcg, false),
    ];

    private Measure(MeasureKind kind, int? cutoff)
    {
        if (cutoff is { } k) ArgumentOutOfRangeException.ThrowIfLessThan(k, 1, nameof(cutoff));
        if (cutoff is { } most) ArgumentOutOfRangeException.ThrowIfGreaterThan(most, LargestCutoff, nameof(cutoff));
        Kind = kind;
        Cutoff = cutoff;
        var name = Kinds.Single(k => k.Kind == kind).Name;
        Name = cutoff is null ? name : string.Create(CultureInfo.InvariantCulture, $"{name}@{cutoff}");
    }

    /// <summary>What is measured.</summary>
    public MeasureKind Kind { get; }

    /// <summary>How many of the first results count, 1 to <see cref="LargestCutoff"/>; null: all.</summary>
    public int? Cutoff { get; }

    /// <summary>The name, for example <c>ndcg@10</c>. <see cref="Parse"/> reads it.</summary>
    public string Name { get; }

    /// <summary>Recall among the first <paramref name="k"/>, 1 to <see cref="LargestCutoff"/>.</summary>
    public static Measure Recall(int k) => new(MeasureKind.Recall, k);

    /// <summary>Precision among the first <paramref name="k"/>, 1 to <see cref="LargestCutoff"/>.</summary>
    public static Measure Precision(int k) => new(MeasureKind.Precision, k);

    /// <summary>Mean reciprocal rank, with a cut of 1 to <see cref="LargestCutoff"/> or without one.</summary>
    public static Measure Mrr(int? k = null) => new(MeasureKind.ReciprocalRank, k);

    /// <summary>Mean average precision, with a cut of 1 to <see cref="LargestCutoff"/> or without one.</summary>
    public static Measure Map(int? k = null) => new(MeasureKind.AveragePrecision, k);

    /// <summary>Normalised discounted cumulative gain, with a cut of 1 to <see cref="LargestCutoff"/> or without one.</summary>
    public static Measure Ndcg(int? k = null) => new(MeasureKind.Ndcg, k);

    /// <summary>Overlap with the exact neighbours among the first <paramref name="k"/>, 1 to <see cref="LargestCutoff"/>.</summary>
    public static Measure Overlap(int k) => new(MeasureKind.Overlap, k);

    /// <summary>Reads a name: lower case, no spaces, the cut in digits without sign or leading zero.</summary>
    /// <exception cref="FormatException">The name is none of the names above.</exception>
    public static Measure Parse(string name) => TryParse(name, out var measure) ? measure : throw new FormatException(
        $"'{Quoted.Short(name)}' is no measure: recall@k, precision@k, overlap@k, mrr, mrr@k, map, map@k, ndcg or ndcg@k with k from 1 to {LargestCutoff}.");

    /// <summary>Reads a name as <see cref="Parse"/> does; false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, [NotNullWhen(true)] out Measure? measure)
    {
        measure = null;
        if (name is null) return false;
        var at = name.IndexOf('@', StringComparison.Ordinal);
        var stem = at < 0 ? name : name[..at];
        var found = Array.FindIndex(Kinds, k => k.Name == stem);
        if (found < 0 || (at < 0 && Kinds[found].NeedsCutoff)) return false;
        if (at < 0)
        {
            measure = new Measure(Kinds[found].Kind, null);
            return true;
        }

        var digits = name.AsSpan(at + 1);
        if (digits.IsEmpty || digits[0] == '0' || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var k) || k > LargestCutoff) return false;
        measure = new Measure(Kinds[found].Kind, k);
        return true;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
