namespace Slipway.Assets.Slo;

/// <summary>What <c>ai/slo.json</c> says.</summary>
/// <param name="Routes">Budgets and objectives by route; <c>default</c> serves every route without an entry.</param>
/// <param name="LeastRequests">Requests that an alert's long window must have: fewer are no evidence. 1 to 1,000,000; 100 by default.</param>
public sealed record SloSettings(IReadOnlyDictionary<string, RouteBudget> Routes, int LeastRequests = SloSettings.DefaultLeastRequests)
{
    /// <summary>The least requests where the file says nothing.</summary>
    public const int DefaultLeastRequests = 100;

    /// <summary>The share of requests that may miss a time budget: budgets are 95th percentiles.</summary>
    public const double MayMiss = 0.05;

    /// <summary>The budgets of a route.</summary>
    public RouteBudget For(string route) => Routes.TryGetValue(route, out var budget) ? budget : Routes[RoutesFile.DefaultRoute];

    /// <summary>Whether the times of a route are held to its budgets: to those of its own entry, or to those of <c>default</c> where they speak for it.</summary>
    public bool HasTimeObjectives(string route) => Routes.ContainsKey(route) || DefaultHoldsTimesOf(route);

    /// <summary>
    /// Whether the times of a route without an entry are held to the budgets of <c>default</c>. Uploads have no time limit, and a model that is called by its name may take as long as a stream, so that the entry <c>default</c> says
    /// nothing about them; an entry of their own does.
    /// </summary>
    public static bool DefaultHoldsTimesOf(string route) => route != "documents" && !route.EndsWith(".passthrough", StringComparison.Ordinal);
}
