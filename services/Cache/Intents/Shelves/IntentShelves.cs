using System.Security.Cryptography;
using Google.Protobuf.Collections;
using Slipway.Cache.Generations;
using Slipway.Cache.Redis;
using StackExchange.Redis;

namespace Slipway.Cache.Intents.Shelves;

/// <summary>
/// The intents of all scopes, in memory and shared by the replicas through a list in Redis for each scope, newest first:
/// <list type="number">
/// <item>an intent is added here and by <c>LPUSH</c>, <c>LTRIM</c>, <c>EXPIRE</c>;</item>
/// <item>a scope that is asked for reads what is newer than the head of the list that it saw last: at its first question before it answers, then beside the
/// call, at most each <see cref="RefreshPeriod"/>;</item>
/// <item>the scopes that nobody asks for are dropped when all together count for more than <see cref="MaxBytes"/>.</item>
/// </list>
/// </summary>
internal sealed class IntentShelves(RedisLink redis, TimeProvider time)
{
    /// <summary>All shelves of this process together, in bytes.</summary>
    internal const long MaxBytes = 64L * 1024 * 1024;

    /// <summary>How old a replica's knowledge of the others' intents may be.</summary>
    internal static readonly TimeSpan RefreshPeriod = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Shelf> _shelves = new(StringComparer.Ordinal);

    /// <summary>How many scopes are in memory.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _shelves.Count;
        }
    }

    /// <summary>The intents of a scope.</summary>
    internal async ValueTask<IntentShelf> FindAsync(string scope, Generation generation, CancellationToken cancellationToken)
    {
        var shelf = ShelfOf(scope);
        if (!generation.Shared || !redis.Usable) return shelf.Intents;
        var first = shelf.Refreshed == 0;
        if (first || time.GetElapsedTime(shelf.Refreshed) >= RefreshPeriod)
        {
            var refresh = shelf.RefreshOnce(() => RefreshAsync(scope, shelf));
            if (first) await refresh.WaitAsync(cancellationToken);
        }

        return shelf.Intents;
    }

    /// <summary>Adds an intent to its scope.</summary>
    internal async ValueTask AddAsync(string scope, Generation generation, string question, string entry, float[] direction, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        var intent = new Intent(RandomNumberGenerator.GetHexString(32, lowercase: true), question, entry, direction, expiresAt);
        ShelfOf(scope).Intents.Add(intent);
        Trim(scope);
        if (!generation.Shared) return;
        await redis.TryAsync(
            static async (database, add) =>
            {
                RedisKey key = add.scope;
                var push = database.ListLeftPushAsync(key, add.bytes);
                var trim = database.ListTrimAsync(key, 0, IntentShelf.Capacity - 1);
                var expire = database.KeyExpireAsync(key, Options.CacheOptions.LongestTtl);
                await Task.WhenAll(push, trim, expire);
                return true;
            },
            (scope, bytes: IntentSerializer.Write(intent)), cancellationToken);
    }

    /// <summary>The vector with length 1; null when it has none.</summary>
    internal static float[]? DirectionOf(RepeatedField<float> values)
    {
        var direction = values.ToArray();
        var length = MathF.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares(direction));
        if (!(length > 0) || !float.IsFinite(length)) return null;
        System.Numerics.Tensors.TensorPrimitives.Divide(direction, length, direction);
        return direction;
    }

    private async Task RefreshAsync(string scope, Shelf shelf)
    {
        List<Intent> newer = [];
        string? head = null;
        var reached = false;
        for (int from = 0, size = 1; from < IntentShelf.Capacity && !reached; from += size, size = Math.Min(size * 16, 512))
        {
            var reply = await redis.TryAsync(static (database, range) => database.ListRangeAsync(range.scope, range.from, range.to), (scope: (RedisKey)scope, from, to: (long)from + size - 1));
            if (!reply.Answered) break;
            foreach (var value in reply.Value)
            {
                var bytes = (byte[]?)value;
                var id = IntentSerializer.IdOf(bytes);
                head ??= id;
                if (id is not null && id == shelf.Head)
                {
                    reached = true;
                    break;
                }

                if (id is not null && !shelf.Intents.Knows(id) && IntentSerializer.Read(bytes) is { } intent) newer.Add(intent);
            }

            reached |= reply.Value.Length < size;
        }

        for (var i = newer.Count - 1; i >= 0; i--) shelf.Intents.Add(newer[i]);
        // What was not reached is read again next time: adding an intent twice changes nothing.
        if (reached && head is not null) shelf.Head = head;
        shelf.Refreshed = time.GetTimestamp();
        Trim(scope);
    }

    private Shelf ShelfOf(string scope)
    {
        lock (_gate)
        {
            if (!_shelves.TryGetValue(scope, out var shelf)) _shelves[scope] = shelf = new Shelf();
            shelf.Used = time.GetTimestamp();
            return shelf;
        }
    }

    /// <summary>Drops the scopes that were asked for longest ago, while there are too many intents; never the one in use.</summary>
    private void Trim(string used)
    {
        lock (_gate)
        {
            var bytes = _shelves.Values.Sum(shelf => shelf.Intents.Bytes);
            if (bytes <= MaxBytes) return;
            foreach (var (scope, shelf) in _shelves.OrderBy(pair => pair.Value.Used).ToList())
            {
                if (bytes <= MaxBytes) return;
                if (scope == used) continue;
                _shelves.Remove(scope);
                bytes -= shelf.Intents.Bytes;
            }
        }
    }

    private sealed class Shelf
    {
        private readonly Lock _gate = new();
        private Task? _refresh;
        private long _refreshed;
        private long _used;

        internal IntentShelf Intents { get; } = new();

        /// <summary>The newest intent of the list when it was read last. Only the one refresh that runs touches it.</summary>
        internal string? Head { get; set; }

        internal long Refreshed
        {
            get => Volatile.Read(ref _refreshed);
            set => Volatile.Write(ref _refreshed, value);
        }

        internal long Used
        {
            get => Volatile.Read(ref _used);
            set => Volatile.Write(ref _used, value);
        }

        internal Task RefreshOnce(Func<Task> refresh)
        {
            lock (_gate) return _refresh is { IsCompleted: false } running ? running : _refresh = refresh();
        }
    }
}
