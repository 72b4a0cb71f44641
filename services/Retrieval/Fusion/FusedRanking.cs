using System.Runtime.InteropServices;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Fusion;

internal static class FusedRanking
{
    /// <summary>Sums what each ranking gives a chunk; <paramref name="keywordPart"/> and <paramref name="vectorPart"/> get rank (from 1) and score.</summary>
    public static IReadOnlyList<FusedChunk> Make(
        IReadOnlyList<ScoredChunk> keyword, IReadOnlyList<ScoredChunk> vector, Func<int, double, double> keywordPart, Func<int, double, double> vectorPart)
    {
        var fused = new Dictionary<long, FusedChunk>(keyword.Count + vector.Count);
        for (var i = 0; i < keyword.Count; i++)
        {
            fused[keyword[i].Chunk] = new FusedChunk(keyword[i].Chunk, keywordPart(i + 1, keyword[i].Score), keyword[i].Score, 0);
        }

        for (var i = 0; i < vector.Count; i++)
        {
            ref var chunk = ref CollectionsMarshal.GetValueRefOrAddDefault(fused, vector[i].Chunk, out _);
            chunk = new FusedChunk(vector[i].Chunk, chunk.Score + vectorPart(i + 1, vector[i].Score), chunk.KeywordScore, vector[i].Score);
        }

        var result = fused.Values.ToList();
        result.Sort(static (a, b) => b.Score.CompareTo(a.Score) is not 0 and var order ? order : a.Chunk.CompareTo(b.Chunk));
        return result;
    }
}
