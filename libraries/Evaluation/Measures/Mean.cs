namespace Slipway.Evaluation;

/// <summary>Means that tell nothing from zero.</summary>
internal static class Mean
{
    /// <summary>The arithmetic mean, summed in the order given; null of nothing.</summary>
    public static double? Of<T>(IReadOnlyList<T> items, Func<T, double> value)
    {
        if (items.Count == 0) return null;
        var sum = 0.0;
        foreach (var item in items) sum += value(item);
        return sum / items.Count;
    }
}
