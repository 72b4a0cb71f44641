using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Cache.Generations;
using Slipway.Cache.Keys;
using Slipway.Cache.Redis;
using StackExchange.Redis;

namespace Slipway.Cache.Frequent;

/// <summary>
/// Which questions a tenant asks most, so that they can be answered before they are asked again. Questions are counted by their normalised text, which is kept in
/// memory and in Redis alone, for two hours: a sorted set for each tenant and hour, to which each replica adds what it counted every <see cref="TellPeriod"/>.
/// Only questions without earlier turns and parameters count: others cannot be asked by anybody else. A purge forgets them too.
/// </summary>
internal sealed class FrequentQuestions(RedisLink redis, TenantGenerations generations, TimeProvider time)
{
    /// <summary>The most questions of a tenant and hour that are kept; the rarest make way.</summary>
    internal const int MostQuestions = 1_000;

    /// <summary>The longest question that is counted, in UTF-16 units.</summary>
    internal const int LongestQuestion = 1_000;

    /// <summary>How often Redis is told.</summary>
    internal static readonly TimeSpan TellPeriod = TimeSpan.FromSeconds(5);

    private const int MostTenants = 1_000;
    private static readonly TimeSpan Memory = TimeSpan.FromHours(2);

    private readonly ConcurrentDictionary<string, Counts> _tenants = new(StringComparer.Ordinal);
    private long _toldAt;

    /// <summary>Counts a question.</summary>
    internal void Count(string tenant, string question)
    {
        if (question.Length > LongestQuestion) return;
        if (!_tenants.TryGetValue(tenant, out var counts))
        {
            if (_tenants.Count >= MostTenants) return;
            counts = _tenants.GetOrAdd(tenant, static _ => new Counts());
        }

        counts.Add(QuestionText.Normalise(question), Hour);
    }

    /// <summary>The questions that were asked most in this hour and the last, most frequent first.</summary>
    internal async Task<IReadOnlyList<(string Question, long Count)>> TopAsync(string tenant, int most, CancellationToken cancellationToken)
    {
        var generation = await generations.CurrentAsync(tenant, cancellationToken);
        var totals = new Dictionary<string, long>(StringComparer.Ordinal);
        if (generation.Shared)
        {
            foreach (var hour in (long[])[Hour, Hour - 1])
            {
                var reply = await redis.TryAsync(
                    static (database, ask) => database.SortedSetRangeByRankWithScoresAsync(ask.key, 0, ask.last, Order.Descending), (key: KeyOf(tenant, generation, hour), last: (long)(2 * most) - 1), cancellationToken);
                foreach (var entry in reply.Answered ? reply.Value : []) Add((string)entry.Element!, (long)entry.Score);
            }
        }

        // What this replica has not told yet; without Redis, all that it counted.
        if (_tenants.TryGetValue(tenant, out var counts))
        {
            foreach (var (question, count) in counts.Read(generation.Number, Hour)) Add(question, count);
        }

        return [.. totals.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(most).Select(pair => (pair.Key, pair.Value))];

        void Add(string question, long count) => totals[question] = totals.GetValueOrDefault(question) + count;
    }

    /// <summary>Tells Redis what was counted, when it is time.</summary>
    internal async Task TellDueAsync(CancellationToken cancellationToken)
    {
        if (!redis.Usable || _toldAt != 0 && time.GetElapsedTime(_toldAt) < TellPeriod) return;
        _toldAt = time.GetTimestamp();
        foreach (var (tenant, counts) in _tenants)
        {
            var generation = await generations.CurrentAsync(tenant, cancellationToken);
            counts.Read(generation.Number, Hour);
            if (!generation.Shared || counts.Take() is not { Count: > 0 } counted) continue;
            var reply = await redis.TryAsync(
                static async (database, add) =>
                {
                    var tasks = add.counted.Select(pair => (Task)database.SortedSetIncrementAsync(add.key, pair.Key, pair.Value)).ToList();
                    await Task.WhenAll(tasks);
                    await Task.WhenAll(database.SortedSetRemoveRangeByRankAsync(add.key, 0, -MostQuestions - 1), database.KeyExpireAsync(add.key, Memory));
                    return true;
                },
                (key: KeyOf(tenant, generation, Hour), counted), cancellationToken);
            if (!reply.Answered) counts.PutBack(counted);
        }
    }

    private long Hour => time.GetUtcNow().ToUnixTimeSeconds() / 3600;

    private static RedisKey KeyOf(string tenant, Generation generation, long hour) => string.Create(CultureInfo.InvariantCulture, $"slipway:cache:frequent:{tenant}:{generation.Number}:{hour}");

    /// <summary>What was counted and not told yet.</summary>
    private sealed class Counts
    {
        private readonly Lock _gate = new();
        private Dictionary<string, long> _counts = new(StringComparer.Ordinal);
        private long _generation;
        private long _since;

        internal void Add(string question, long hour)
        {
            lock (_gate)
            {
                if (_counts.Count == 0) _since = hour;
                if (_counts.Count >= MostQuestions && !_counts.ContainsKey(question)) return;
                _counts[question] = _counts.GetValueOrDefault(question) + 1;
            }
        }

        /// <summary>The counts, unless they are of before a purge or too old.</summary>
        internal List<KeyValuePair<string, long>> Read(long generation, long hour)
        {
            lock (_gate)
            {
                if (_generation != generation && _generation != 0 || hour - _since > 1) _counts = new(StringComparer.Ordinal);
                _generation = generation;
                return [.. _counts];
            }
        }

        internal Dictionary<string, long> Take()
        {
            lock (_gate)
            {
                var taken = _counts;
                _counts = new(StringComparer.Ordinal);
                return taken;
            }
        }

        internal void PutBack(Dictionary<string, long> taken)
        {
            lock (_gate)
            {
                foreach (var (question, count) in taken) _counts[question] = _counts.GetValueOrDefault(question) + count;
            }
        }
    }
}
