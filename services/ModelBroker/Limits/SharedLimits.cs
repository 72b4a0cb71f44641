using Slipway.ModelBroker.Shared;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Limits;

/// <summary>
/// The limits of one scope, shared by all replicas: a log of what was taken in the last 60 s, by one script, so that no two replicas decide at once. Three keys:
/// <list type="bullet">
/// <item><c>…:log</c>, a sorted set: call → when it was taken, ms;</item>
/// <item><c>…:tokens</c>, a hash: call → tokens, beside <c>sum</c> and <c>now</c>, the latest clock seen (replicas' clocks differ; time never goes back);</item>
/// <item><c>…:calls</c>, a sorted set: call → when its lease ends, ms. A replica that dies gives its places back that way.</item>
/// </list>
/// </summary>
internal sealed class SharedLimits(string scope, LimitValues limits, SharedStore store, TimeProvider time)
{
    /// <summary>A lease is renewed each third of it.</summary>
    public static readonly TimeSpan LeaseLife = TimeSpan.FromSeconds(30);

    /// <summary>KEYS: log, tokens, calls. ARGV: now, call, rpm, tpm, concurrency (0: none), tokens, calls ahead, their tokens, end of the lease. Returns: given, wait in ms, which limit.</summary>
    private const string AcquireScript = """
        local now = tonumber(ARGV[1])
        local rpm, tpm, most = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
        local tokens, ahead, tokensAhead = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
        local last = tonumber(redis.call('HGET', KEYS[2], 'now') or 0)
        local skew = 0
        if last > now then skew = last - now end
        now = now + skew
        local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
        if #old > 0 then
          local gone = 0
          for i = 1, #old do
            gone = gone + tonumber(redis.call('HGET', KEYS[2], old[i]) or 0)
            redis.call('HDEL', KEYS[2], old[i])
          end
          redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
          redis.call('HINCRBY', KEYS[2], 'sum', -gone)
        end
        local wait, which = 0, 0
        if rpm > 0 then
          local count = tonumber(redis.call('ZCARD', KEYS[1]))
          local index = count + ahead - rpm
          if index >= 0 then
            local laps = 0
            while index >= count do
              index = index - rpm
              laps = laps + 1
            end
            if index < 0 then index = 0 end
            local entry = redis.call('ZRANGE', KEYS[1], index, index, 'WITHSCORES')
            wait = 60000 * laps + 60000
            if #entry > 0 then wait = 60000 * laps + tonumber(entry[2]) + 60000 - now end
            which = 1
          end
        end
        if tpm > 0 then
          if tokens > tpm then tokens = tpm end
          local excess = tonumber(redis.call('HGET', KEYS[2], 'sum') or 0) + tokensAhead + tokens - tpm
          if excess > 0 then
            local left, from = 60000, 0
            while excess > 0 do
              local entries = redis.call('ZRANGE', KEYS[1], from, from + 99, 'WITHSCORES')
              if #entries == 0 then break end
              for i = 1, #entries, 2 do
                excess = excess - tonumber(redis.call('HGET', KEYS[2], entries[i]) or 0)
                if excess <= 0 then
                  left = tonumber(entries[i + 1]) + 60000 - now
                  break
                end
              end
              from = from + 100
            end
            if left > wait then wait = left which = 2 end
          end
        end
        if which > 0 then
          if wait < 1 then wait = 1 end
          return {0, wait, which}
        end
        if most > 0 then
          redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
          if tonumber(redis.call('ZCARD', KEYS[3])) + ahead >= most then return {0, 0, 3} end
          redis.call('ZADD', KEYS[3], tonumber(ARGV[9]) + skew, ARGV[2])
          redis.call('PEXPIRE', KEYS[3], 120000)
        end
        if rpm > 0 or tpm > 0 then
          redis.call('ZADD', KEYS[1], now, ARGV[2])
          redis.call('HSET', KEYS[2], ARGV[2], ARGV[6], 'now', now)
          redis.call('HINCRBY', KEYS[2], 'sum', ARGV[6])
          redis.call('PEXPIRE', KEYS[1], 120000)
          redis.call('PEXPIRE', KEYS[2], 120000)
        end
        return {1, 0, 0}
        """;

    /// <summary>KEYS as above. ARGV: call, tokens used or -1.</summary>
    private const string ReturnScript = """
        redis.call('ZREM', KEYS[3], ARGV[1])
        if tonumber(ARGV[2]) >= 0 then
          local before = redis.call('HGET', KEYS[2], ARGV[1])
          if before then
            redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
            redis.call('HINCRBY', KEYS[2], 'sum', tonumber(ARGV[2]) - tonumber(before))
          end
        end
        return 1
        """;

    private readonly RedisKey[] _keys = [$"slipway:broker:{{{scope}}}:log", $"slipway:broker:{{{scope}}}:tokens", $"slipway:broker:{{{scope}}}:calls"];

    /// <summary>Has the server compile the scripts.</summary>
    public static async Task LoadAsync(IDatabase database)
    {
        RedisKey[] keys = ["slipway:broker:{load}:log", "slipway:broker:{load}:tokens", "slipway:broker:{load}:calls"];
        await database.ScriptEvaluateAsync(AcquireScript, keys, [1, "load", 1, 1, 1, 1, 0, 0, 1]);
        await database.ScriptEvaluateAsync(ReturnScript, keys, ["load", 1]);
    }

    /// <summary>Asks, and takes when it may; null when Redis does not answer.</summary>
    public async ValueTask<Grant?> TryAcquireAsync(string call, long tokens, int ahead, long tokensAhead)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        RedisValue[] arguments = [now, call, limits.Rpm ?? 0, limits.Tpm ?? 0, limits.MaxConcurrency ?? 0, tokens, ahead, tokensAhead, now + (long)LeaseLife.TotalMilliseconds];
        var reply = await store.TryAsync(database => database.ScriptEvaluateAsync(AcquireScript, _keys, arguments));
        if (reply is null) return null;
        var values = (long[])reply!;
        if (values[0] == 1) return Grant.Yes;
        return values[2] switch
        {
            1 => new Grant(false, TimeSpan.FromMilliseconds(values[1]), $"{limits.Rpm} requests per minute"),
            2 => new Grant(false, TimeSpan.FromMilliseconds(values[1]), $"{limits.Tpm} tokens per minute"),
            _ => new Grant(false, null, $"{limits.MaxConcurrency} calls at once"),
        };
    }

    /// <summary>Gives the place back, and replaces the estimate by what was used.</summary>
    public async Task ReturnAsync(string call, long? used) =>
        await store.TryAsync(database => database.ScriptEvaluateAsync(ReturnScript, _keys, [call, used ?? -1]));

    /// <summary>Says that a call still runs.</summary>
    public async Task RenewAsync(IReadOnlyCollection<string> calls)
    {
        var until = (time.GetUtcNow() + LeaseLife).ToUnixTimeMilliseconds();
        var entries = calls.Select(call => new SortedSetEntry(call, until)).ToArray();
        await store.TryAsync(async database =>
        {
            await database.SortedSetAddAsync(_keys[2], entries, SortedSetWhen.Exists);
            return "";
        });
    }
}
