using Slipway.Assets.Slo;
using Slipway.Control.Kpis;

namespace Slipway.Control.Slo;

/// <summary>How many requests of a route kept to its objectives and how many did not, in some minutes. Adds up.</summary>
internal sealed class Tally
{
    /// <summary>A status of 500 or more: what a caller did wrong, was refused for its quota or left itself is not the stack's failure.</summary>
    private static readonly string[] FailureClasses = ["server", "unavailable", "timeout"];

    private readonly long[] _counted = new long[Objective.Times];
    private readonly long[] _over = new long[Objective.Times];

    internal long Requests { get; private set; }

    internal long Failures { get; private set; }

    internal double CostUsd { get; private set; }

    /// <summary>Answers of small models in the place of the release's.</summary>
    internal long Cheap { get; private set; }

    internal void Add(Tally other)
    {
        AddCounters(other.Requests, other.Failures, other.CostUsd, other.Cheap);
        for (var i = 0; i < _counted.Length; i++)
        {
            _counted[i] += other._counted[i];
            _over[i] += other._over[i];
        }
    }

    /// <summary>Adds requests of a route.</summary>
    internal void Add(RollupSum requests, SloSettings settings, string route)
    {
        var counters = requests.Counters;
        AddCounters(counters.Requests, FailureClasses.Sum(name => counters.Failures.GetValueOrDefault(name)), counters.CostUsd, counters.Degradations.GetValueOrDefault("flags=cheap"));
        for (var i = 0; i < _counted.Length; i++)
        {
            if (Objective.All[i].TargetOf(settings, route) is not { } target || !requests.Latencies.TryGetValue(Objective.All[i].Histogram!, out var latencies)) continue;
            _counted[i] += latencies.Total;
            _over[i] += latencies.CountOver((long)(target * 1000));
        }
    }

    /// <summary>What was spent of an objective beside what it allows: how many requests it is of, what was measured, and the burn rate.</summary>
    internal Burn BurnOf(int objective, double target)
    {
        switch (Objective.All[objective].Name)
        {
            case Objective.Failures:
                return Requests == 0 ? default : Of(Requests, (double)Failures / Requests, target);
            case Objective.Cost:
                return Requests == 0 ? default : Of(Requests, CostUsd / Requests * 1000, target);
            default:
                return _counted[objective] == 0 ? default : Of(_counted[objective], (double)_over[objective] / _counted[objective], SloSettings.MayMiss);
        }

        static Burn Of(long requests, double measured, double allowed) => new(requests, measured, measured / allowed);
    }

    private void AddCounters(long requests, long failures, double cost, long cheap)
    {
        Requests += requests;
        Failures += failures;
        CostUsd += cost;
        Cheap += cheap;
    }
}

/// <summary>What was spent of an objective in a window.</summary>
/// <param name="Requests">The requests that it is of.</param>
/// <param name="Measured">The share that was over the time budget or failed (0 to 1), or USD per 1,000 requests.</param>
/// <param name="Rate">That beside what is allowed: 1 is exactly as much.</param>
internal readonly record struct Burn(long Requests, double Measured, double Rate);
