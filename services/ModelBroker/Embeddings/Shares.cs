using Slipway.Contracts;

namespace Slipway.ModelBroker.Embeddings;

/// <summary>Splits the reply to a batch among its calls: tokens by the length of their texts, and the cost by the tokens, so that the shares add up to the bill exactly.</summary>
internal static class Shares
{
    /// <summary>The share of each call, in the calls' order.</summary>
    /// <param name="calls">The calls, in the order of their texts in the batch.</param>
    /// <param name="reply">The reply to the batch.</param>
    public static IReadOnlyList<EmbeddingsResponse> Split(IEnumerable<EmbeddingsRequest> calls, EmbeddingsResponse reply)
    {
        var requests = calls.ToList();
        var tokens = Tokens(reply.Usage.PromptTokens, [.. requests.Select(request => request.Texts.Sum(text => (long)text.Length))]);
        var shares = new List<EmbeddingsResponse>(requests.Count);
        var (vector, spent) = (0, 0.0);
        for (var i = 0; i < requests.Count; i++)
        {
            // The last one has what is left, so that nothing is lost to rounding.
            var cost = i == requests.Count - 1 ? reply.CostUsd - spent : reply.Usage.PromptTokens == 0 ? reply.CostUsd / requests.Count : reply.CostUsd * tokens[i] / reply.Usage.PromptTokens;
            spent += cost;
            var usage = reply.Usage.Clone();
            usage.PromptTokens = tokens[i];
            var share = new EmbeddingsResponse { Model = reply.Model, Usage = usage, CostUsd = cost };
            for (var end = vector + requests[i].Texts.Count; vector < end; vector++) share.Vectors.Add(reply.Vectors[vector]);
            shares.Add(share);
        }

        return shares;
    }

    /// <summary>Whole tokens in proportion to the weights, by the largest remainders.</summary>
    private static int[] Tokens(int total, long[] weights)
    {
        var sum = Math.Max(1, weights.Sum());
        var shares = weights.Select(weight => (int)(total * weight / sum)).ToArray();
        var rest = total - shares.Sum();
        foreach (var i in Enumerable.Range(0, weights.Length).OrderByDescending(i => total * weights[i] % sum).ThenBy(i => i).Take(rest)) shares[i]++;
        return shares;
    }
}
