namespace Slipway.Control.Slo;

/// <summary>
/// An alert of several windows and burn rates, by Google's SRE workbook (https://sre.google/workbook/alerting-on-slos/, chapter 5, "multiwindow, multi-burn-rate alerts"): the long window says
/// that enough was spent to matter, the short one that it is still being spent. A burn rate of 1 spends exactly what the objective allows.
/// </summary>
/// <param name="Name">Its name in events.</param>
/// <param name="Factor">The burn rate that both windows must reach.</param>
/// <param name="LongMinutes">The long window.</param>
/// <param name="ShortMinutes">The short window.</param>
/// <param name="Severity">page (somebody must look now) or ticket (somebody must look).</param>
internal sealed record BurnRule(string Name, double Factor, int LongMinutes, int ShortMinutes, string Severity)
{
    /// <summary>An alert ends when the burn rate of its short window is below this part of the factor: around the factor itself it would come and go.</summary>
    internal const double Back = 0.8;

    /// <summary>Minutes that the longest window reaches back: three days.</summary>
    internal const int LongestMinutes = 3 * 24 * 60;

    internal static readonly IReadOnlyList<BurnRule> All =
    [
        new("fast", 14.4, 60, 5, "page"),
        new("slow", 6, 6 * 60, 30, "page"),
        new("lasting", 1, LongestMinutes, 6 * 60, "ticket"),
    ];

    /// <summary>The windows of all rules, in minutes.</summary>
    internal static readonly IReadOnlyList<int> Windows = [.. All.SelectMany(rule => (int[])[rule.LongMinutes, rule.ShortMinutes]).Distinct().Order()];
}
