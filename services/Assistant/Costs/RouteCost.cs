namespace Slipway.Assistant.Costs;

/// <summary>
/// The cost of one route against its budget, with hysteresis: over it when 1,000 requests would cost more than the budget with the models of the releases, and under it again when they would cost
/// less than four fifths of it. What the small model saves is left out of the comparison, or the route would go back and forth.
/// </summary>
internal sealed class RouteCost(TimeProvider time)
{
    /// <summary>Fewer requests than these are no evidence.</summary>
    public const int LeastRequests = 20;

    /// <summary>The part of the budget under which the route is within it again.</summary>
    public const double Back = 0.8;

    private readonly RollingCost _costs = new(time);
    private int _over;

    /// <summary>Whether the route is over its budget.</summary>
    public bool IsOver => Volatile.Read(ref _over) == 1;

    /// <summary>The route's costs.</summary>
    public CostFigures Figures => _costs.Read();

    /// <summary>Counts a request; true when it made the route go over or come back.</summary>
    /// <param name="cost">What it cost, USD.</param>
    /// <param name="fullCost">What it would have cost without cheap mode, USD.</param>
    /// <param name="budget">USD per 1,000 requests; null: the route has none.</param>
    public bool Add(double cost, double fullCost, double? budget)
    {
        _costs.Add(cost, fullCost);
        if (budget is not { } most) return false;
        var (requests, _, full) = _costs.Read();
        if (requests < LeastRequests) return false;
        var over = full > most ? 1 : full < most * Back ? 0 : _over;
        return Interlocked.Exchange(ref _over, over) != over;
    }
}
