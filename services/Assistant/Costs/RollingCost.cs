namespace Slipway.Assistant.Costs;

/// <summary>
/// What requests cost over the last ten minutes, in slices of ten seconds: what they did cost, and what they would have cost with the models of their releases. Thread-safe; an addition costs
/// a lock that is hardly ever waited for.
/// </summary>
internal sealed class RollingCost(TimeProvider time)
{
    /// <summary>How far back the figures reach.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private const int Slices = 60;
    private static readonly TimeSpan Slice = Window / Slices;

    private readonly Lock _gate = new();
    private readonly (long Number, long Requests, double Cost, double FullCost)[] _slices = new (long, long, double, double)[Slices];

    /// <summary>Counts a request.</summary>
    /// <param name="cost">What it cost, USD.</param>
    /// <param name="fullCost">What it would have cost without cheap mode, USD.</param>
    public void Add(double cost, double fullCost)
    {
        var number = Now();
        lock (_gate)
        {
            ref var slice = ref _slices[number % Slices];
            if (slice.Number != number) slice = (number, 0, 0, 0);
            slice.Requests++;
            slice.Cost += cost;
            slice.FullCost += fullCost;
        }
    }

    /// <summary>The requests of the window, and USD for 1,000 of them; zero when there were none.</summary>
    public CostFigures Read()
    {
        var oldest = Now() - Slices;
        long requests = 0;
        double cost = 0, full = 0;
        lock (_gate)
        {
            foreach (var slice in _slices)
            {
                if (slice.Number <= oldest) continue;
                requests += slice.Requests;
                cost += slice.Cost;
                full += slice.FullCost;
            }
        }

        return requests == 0 ? default : new CostFigures(requests, cost / requests * 1000, full / requests * 1000);
    }

    /// <summary>From 1, so that a slice that was never used is out of every window.</summary>
    private long Now() => (time.GetUtcNow().UtcTicks / Slice.Ticks) + Slices;
}

/// <summary>The costs of a route.</summary>
/// <param name="Requests">The requests that they are of.</param>
/// <param name="Per1000">USD per 1,000 requests, as they were answered.</param>
/// <param name="FullPer1000">The same, had the models of the releases answered.</param>
internal readonly record struct CostFigures(long Requests, double Per1000, double FullPer1000);
