using System.Collections.Concurrent;
using Slipway.Cache.Intents.Routes;
using Slipway.Cache.Keys;
using Slipway.Cache.Redis;
using Slipway.Cache.Telemetry;
using StackExchange.Redis;

namespace Slipway.Cache.Intents.Trust;

/// <summary>
/// Whether a tenant's route may answer by intent; routes of one entry of <c>ai/cache.json</c> stand together. Sampled hits are compared with fresh answers; when the false-hit rate of the newest <see cref="SampleWindow.Length"/>
/// is over its bound for sure, the route goes back to exact keys, in all replicas, until somebody says otherwise (or for <see cref="Memory"/> after the last
/// question). In Redis: a list of <c>0</c> (agrees) and <c>1</c> (wrong), newest first, and the time of the distrust.
/// </summary>
internal sealed partial class IntentTrust(RedisLink redis, IntentRoutes routes, TimeProvider time, ILogger<IntentTrust> logger)
{
    /// <summary>How long samples and a distrust are kept.</summary>
    internal static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    /// <summary>How old a replica's knowledge of a distrust may be.</summary>
    internal static readonly TimeSpan RefreshPeriod = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Tenant, string Route), Standing> _standings = new();

    /// <summary>Whether intents may answer. At its first question a replica asks Redis before it says so.</summary>
    internal async ValueTask<bool> IsTrustedAsync(string tenant, string route, CancellationToken cancellationToken)
    {
        var standing = Of(tenant, route);
        var age = standing.Age(time);
        if (age >= RefreshPeriod)
        {
            var refresh = standing.RefreshOnce(() => RefreshAsync(standing));
            if (age == TimeSpan.MaxValue) await refresh.WaitAsync(cancellationToken);
        }

        return standing.DistrustedAt is null;
    }

    /// <summary>Takes a comparison.</summary>
    internal async Task ReportAsync(string tenant, string route, bool agrees)
    {
        var standing = Of(tenant, route);
        var settings = routes.Of(route);
        await redis.TryAsync(
            static async (database, add) =>
            {
                RedisKey key = add.key;
                await Task.WhenAll(database.ListLeftPushAsync(key, add.agrees ? "0" : "1"), database.ListTrimAsync(key, 0, SampleWindow.Length - 1), database.KeyExpireAsync(key, Memory));
                return true;
            },
            (key: standing.Keys.Samples, agrees));
        standing.Add(agrees);
        await RefreshAsync(standing);
        if (standing.DistrustedAt is not null || !standing.Window.IsOver(settings.FalseHitBound, settings.MinSamples)) return;
        var now = time.GetUtcNow();
        standing.DistrustedAt = now;
        CacheTelemetry.RecordDistrust(standing.Route);
        LogDistrusted(standing.Route, standing.Window.Wrong, standing.Window.Samples);
        await redis.TryAsync(static (database, set) => database.StringSetAsync(set.key, set.at, Memory), (key: (RedisKey)standing.Keys.Distrusted, at: (RedisValue)now.ToUnixTimeMilliseconds()));
    }

    /// <summary>Begins again, on every route.</summary>
    internal async Task TrustAsync(string tenant)
    {
        foreach (var standing in routes.Names.Select(name => Of(tenant, name)))
        {
            standing.Clear();
            await redis.TryAsync(static (database, keys) => database.KeyDeleteAsync(keys), (RedisKey[])[standing.Keys.Samples, standing.Keys.Distrusted]);
        }
    }

    /// <summary>How a tenant stands, or, where none is named, each that asked here.</summary>
    internal async Task<IReadOnlyList<(string Tenant, string Route, DateTimeOffset? DistrustedAt, SampleWindow Window)>> DescribeAsync(string tenant)
    {
        List<(string, string, DateTimeOffset?, SampleWindow)> all = [];
        if (tenant.Length > 0)
        {
            foreach (var name in routes.Names) Of(tenant, name);
        }

        foreach (var standing in _standings.Values.Where(standing => tenant.Length == 0 || standing.Tenant == tenant).OrderBy(standing => standing.Tenant, StringComparer.Ordinal).ThenBy(standing => standing.Route, StringComparer.Ordinal))
        {
            await RefreshAsync(standing);
            all.Add((standing.Tenant, standing.Route, standing.DistrustedAt, standing.Window));
        }

        return all;
    }

    [LoggerMessage(1, LogLevel.Warning, "Answers found by intent were wrong too often on {Route} ({Wrong} of {Samples}): exact keys answer for this tenant until it is trusted again.")]
    private partial void LogDistrusted(string route, int wrong, int samples);

    private Standing Of(string tenant, string route) => _standings.GetOrAdd((tenant, routes.NameOf(route)), static name => new Standing(name.Tenant, name.Route));

    private async Task RefreshAsync(Standing standing)
    {
        var reply = await redis.TryAsync(
            static async (database, keys) =>
            {
                var samples = database.ListRangeAsync(keys.Samples);
                var distrusted = database.StringGetAsync(keys.Distrusted);
                await Task.WhenAll(samples, distrusted);
                return (Samples: samples.Result, Distrusted: distrusted.Result);
            },
            standing.Keys);
        if (reply.Answered)
        {
            standing.Window = new SampleWindow(reply.Value.Samples.Length, reply.Value.Samples.Count(static sample => sample == "1"));
            standing.DistrustedAt = long.TryParse((string?)reply.Value.Distrusted, out var at) ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
        }

        standing.Refreshed(time);
    }

    private sealed class Standing(string tenant, string route)
    {
        private readonly Lock _gate = new();
        private Task? _refresh;
        private long _refreshedAt;
        private SampleWindow _window;
        private DateTimeOffset? _distrustedAt;

        internal string Tenant { get; } = tenant;

        internal string Route { get; } = route;

        internal (string Samples, string Distrusted) Keys { get; } = EntryAddress.TrustOf(tenant, route);

        internal SampleWindow Window
        {
            get
            {
                lock (_gate) return _window;
            }

            set
            {
                lock (_gate) _window = value;
            }
        }

        internal DateTimeOffset? DistrustedAt
        {
            get
            {
                lock (_gate) return _distrustedAt;
            }

            set
            {
                lock (_gate) _distrustedAt = value;
            }
        }

        /// <summary>Without Redis this replica counts alone, and does not forget the oldest.</summary>
        internal void Add(bool agrees)
        {
            lock (_gate) _window = new SampleWindow(_window.Samples + 1, _window.Wrong + (agrees ? 0 : 1));
        }

        internal void Clear()
        {
            lock (_gate)
            {
                _window = default;
                _distrustedAt = null;
            }
        }

        internal TimeSpan Age(TimeProvider time)
        {
            lock (_gate) return _refreshedAt == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(_refreshedAt);
        }

        internal void Refreshed(TimeProvider time)
        {
            lock (_gate) _refreshedAt = time.GetTimestamp();
        }

        internal Task RefreshOnce(Func<Task> refresh)
        {
            lock (_gate) return _refresh is { IsCompleted: false } running ? running : _refresh = refresh();
        }
    }
}
