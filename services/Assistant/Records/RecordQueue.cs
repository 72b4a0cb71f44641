using System.Threading.Channels;
using Slipway.Contracts;

namespace Slipway.Assistant.Records;

/// <summary>
/// Records on their way to Control: at most <see cref="Capacity"/>, about 10 MB. When Control is away for longer than that lasts, the newest are dropped and
/// counted; no answer ever waits for this queue.
/// </summary>
internal sealed class RecordQueue
{
    public const int Capacity = 20_000;

    private readonly Channel<RequestRecord> _records = Channel.CreateBounded<RequestRecord>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private long _dropped;

    public ChannelReader<RequestRecord> Reader => _records.Reader;

    /// <summary>Drops since the last call, handed over to the caller.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    /// <summary>Puts drops back that could not be reported.</summary>
    public void PutBackDropped(long count) => Interlocked.Add(ref _dropped, count);

    public void Add(RequestRecord record)
    {
        if (!_records.Writer.TryWrite(record)) Interlocked.Increment(ref _dropped);
    }
}
