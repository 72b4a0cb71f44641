using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Slipway.Contracts;
using Slipway.ModelBroker.Shared;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Sharing;

/// <summary>
/// The events of a stream, as they go into a list in Redis: each is its number (4 bytes, little-endian), then the message. Texts that came between two writes are one event.
/// Once a write got no answer nothing more is written.
/// </summary>
internal sealed class Outgoing(SharedStore store, string flight, TimeProvider time, Action closed) : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>What a replica that died has written is gone after it; a stream that is silent for longer loses its readers at other replicas.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>For those who read slower than it was written.</summary>
    private static readonly TimeSpan LifeAfterEnd = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private List<CompleteEvent> _pending = [];
    private int _written;
    private volatile bool _wanted;
    private volatile bool _over;
    private volatile bool _finished;
    private bool _lost;

    /// <summary>Whether another replica reads it.</summary>
    public bool IsWanted => _wanted;

    public static RedisKey Events(string flight) => $"slipway:broker:events:{flight}";

    /// <summary>An event of the list; null when it is not the one that was to come.</summary>
    public static CompleteEvent? Read(RedisValue value, int number)
    {
        var bytes = (byte[])value!;
        return BinaryPrimitives.ReadInt32LittleEndian(bytes) == number ? CompleteEvent.Parser.ParseFrom(bytes.AsSpan(sizeof(int))) : null;
    }

    public void Add(CompleteEvent item)
    {
        lock (_gate) _pending.Add(item);
    }

    /// <summary>From now on events are written as they come.</summary>
    public void Want()
    {
        if (_wanted || _over) return;
        _wanted = true;
        _ = WriteOnAsync();
    }

    /// <summary>Writes what is left.</summary>
    public async Task FinishAsync()
    {
        _over = _finished = true;
        await WriteAsync();
    }

    /// <summary>Ends it, whole or not.</summary>
    public void Dispose()
    {
        _over = true;
        closed();
        if (_wanted && !_finished) _ = ForgetAsync();
    }

    private async Task WriteOnAsync()
    {
        while (!_over)
        {
            await WriteAsync();
            await Task.Delay(Pace, time);
        }
    }

    private async Task WriteAsync()
    {
        await _writing.WaitAsync();
        try
        {
            List<CompleteEvent> items;
            lock (_gate) (items, _pending) = (_pending, []);
            if (_lost || (items.Count == 0 && !_finished)) return;
            RedisValue[] values = [.. Joined(items).Select(item => (RedisValue)Numbered(item))];
            _lost = await store.TryAsync(async database =>
            {
                var pushed = values.Length > 0 ? database.ListRightPushAsync(Events(flight), values) : Task.FromResult(0L);
                await database.KeyExpireAsync(Events(flight), _finished ? LifeAfterEnd : Life);
                return $"{await pushed}";
            }) is null;
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ForgetAsync()
    {
        await _writing.WaitAsync();
        await store.TryAsync(async database => $"{await database.KeyDeleteAsync(Events(flight))}");
        _writing.Release();
    }

    private byte[] Numbered(CompleteEvent item)
    {
        var bytes = new byte[sizeof(int) + item.CalculateSize()];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, _written++);
        item.WriteTo(bytes.AsSpan(sizeof(int)));
        return bytes;
    }

    private static IEnumerable<CompleteEvent> Joined(List<CompleteEvent> items)
    {
        for (var i = 0; i < items.Count;)
        {
            if (items[i].EventCase != CompleteEvent.EventOneofCase.Text)
            {
                yield return items[i++];
                continue;
            }

            var text = new StringBuilder();
            for (; i < items.Count && items[i].EventCase == CompleteEvent.EventOneofCase.Text; i++) text.Append(items[i].Text);
            yield return new CompleteEvent { Text = text.ToString() };
        }
    }
}
