namespace Slipway.ModelBroker.Gathering;

/// <summary>Splits a bill among those who caused it, so that the shares add up to it exactly.</summary>
internal static class Shares
{
    /// <summary>Whole tokens in proportion to the weights, by the largest remainders; of equal ones the first.</summary>
    /// <param name="total">What is split.</param>
    /// <param name="weights">0 or more each.</param>
    public static int[] OfTokens(int total, IReadOnlyList<long> weights)
    {
        var sum = Math.Max(1, weights.Sum());
        var shares = weights.Select(weight => (int)(total * weight / sum)).ToArray();
        var rest = total - shares.Sum();
        foreach (var i in Enumerable.Range(0, weights.Count).OrderByDescending(i => total * weights[i] % sum).ThenBy(i => i).Take(rest)) shares[i]++;
        return shares;
    }

    /// <summary>A cost in proportion to the weights; equal shares when nobody has any. The last one has what is left, so that nothing is lost to rounding.</summary>
    /// <param name="total">USD.</param>
    /// <param name="weights">0 or more each.</param>
    public static double[] OfCost(double total, IReadOnlyList<double> weights)
    {
        var (sum, spent) = (weights.Sum(), 0.0);
        var shares = new double[weights.Count];
        for (var i = 0; i < shares.Length; i++)
        {
            shares[i] = i == shares.Length - 1 ? total - spent : sum == 0 ? total / shares.Length : total * weights[i] / sum;
            spent += shares[i];
        }

        return shares;
    }
}
