namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>
/// The tenants that metrics name: those with the most traffic; the rest are <see cref="Other"/>. So a metric has a bounded number of series, however many tenants there are.
/// Counts are halved each minute, so that a tenant that has gone quiet makes room.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="most">The most that are named at once.</param>
/// <param name="mostEver">The most that are ever named in the life of the process: a series that was begun stays.</param>
public sealed class TopTenants(TimeProvider time, int most = 50, int mostEver = 200)
{
    /// <summary>The label of all who are not named.</summary>
    public const string Other = "other";

    /// <summary>Tenants that are counted at once; who comes beyond them is not, until the next minute.</summary>
    private const int MostCounted = 10_000;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ever = new(StringComparer.Ordinal);
    private long _since = time.GetTimestamp();

    /// <summary>Counts a request of a tenant, and says by what name metrics call it.</summary>
    public string Label(string tenant)
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_since) >= Period) Rank();
            if (_counts.TryGetValue(tenant, out var count) || _counts.Count < MostCounted) _counts[tenant] = count + 1;
            if (_named.Contains(tenant)) return tenant;
            return _named.Count < most && TryName(tenant) ? tenant : Other;
        }
    }

    private void Rank()
    {
        _since = time.GetTimestamp();
        var ranked = _counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        _named.Clear();
        foreach (var (tenant, _) in ranked)
        {
            if (_named.Count == most) break;
            TryName(tenant);
        }

        _counts.Clear();
        foreach (var (tenant, count) in ranked)
            if (count / 2 > 0) _counts[tenant] = count / 2;
    }

    private bool TryName(string tenant)
    {
        if (!_ever.Contains(tenant) && _ever.Count >= mostEver) return false;
        _ever.Add(tenant);
        _named.Add(tenant);
        return true;
    }
}
