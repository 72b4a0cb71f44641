namespace Slipway.ModelSim.Faults;

/// <summary>The faults that one attempt meets.</summary>
internal sealed class FaultPlan
{
    /// <summary>A healthy attempt.</summary>
    public static readonly FaultPlan None = new([]);

    private readonly List<Fault> _faults;

    private FaultPlan(List<Fault> faults)
    {
        _faults = faults;
        Text = string.Join("+", faults.Select(fault => Fault.Name(fault.Kind)));
    }

    /// <summary>The names of the faults, joined by <c>+</c>; empty for a healthy attempt.</summary>
    public string Text { get; }

    /// <summary>Chooses from the faults that are asked for those that this attempt meets. The same seed, model and number choose the same ones.</summary>
    /// <param name="asked">The faults that are asked for.</param>
    /// <param name="attempt">The number of the attempt for its model and key, from 1.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="seed">The simulator's seed.</param>
    public static FaultPlan For(IReadOnlyList<Fault> asked, int attempt, string model, int seed)
    {
        if (asked.Count == 0) return None;
        var met = new List<Fault>(asked.Count);
        for (var i = 0; i < asked.Count; i++)
        {
            var fault = asked[i];
            if (fault.First is { } first && attempt > first) continue;
            if (fault.Percent < 100 && Draw(model, seed, attempt, i) >= fault.Percent) continue;
            if (fault.Kind == FaultKind.Drift && attempt <= fault.Value) continue;
            met.Add(fault);
        }

        return met.Count == 0 ? None : new FaultPlan(met);
    }

    public bool Has(FaultKind kind) => Has(kind, out _);

    /// <summary>Whether the attempt meets the fault, and with which value.</summary>
    public bool Has(FaultKind kind, out int? value)
    {
        foreach (var fault in _faults)
        {
            if (fault.Kind != kind) continue;
            value = fault.Value;
            return true;
        }

        value = null;
        return false;
    }

    /// <summary>0 to 99: FNV-1a over what the draw depends on, mixed as SplitMix64 does.</summary>
    private static int Draw(string model, int seed, int attempt, int index)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in model) hash = (hash ^ c) * 1099511628211UL;
        hash ^= ((ulong)(uint)seed << 40) ^ ((ulong)(uint)attempt << 8) ^ (uint)index;
        hash += 0x9E3779B97F4A7C15UL;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
        return (int)((hash ^ (hash >> 31)) % 100);
    }
}
