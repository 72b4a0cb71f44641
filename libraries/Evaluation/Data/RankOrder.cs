namespace Slipway.Evaluation;

/// <summary>
/// The order of trec_eval (form_res_rels.c, version 10): score descending as double, ties by document id descending. It compares ids with strcmp on
/// UTF-8, that is by code point; UTF-16 ordinal order differs from that where a surrogate meets U+E000 to U+FFFF.
/// </summary>
internal sealed class RankOrder : IComparer<ScoredDocument>
{
    public static RankOrder Instance { get; } = new();

    public int Compare(ScoredDocument x, ScoredDocument y)
    {
        var byScore = y.Score.CompareTo(x.Score);
        return byScore != 0 ? byScore : CompareIds(y.DocumentId, x.DocumentId);
    }

    internal static int CompareIds(string left, string right)
    {
        var shared = left.AsSpan().CommonPrefixLength(right);
        if (shared == left.Length || shared == right.Length) return left.Length.CompareTo(right.Length);
        return CodePointWeight(left[shared]).CompareTo(CodePointWeight(right[shared]));
    }

    // Surrogates (U+10000 and above) move behind U+E000..U+FFFF.
    private static int CodePointWeight(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
