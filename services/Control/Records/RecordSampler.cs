using Slipway.Contracts;

namespace Slipway.Control.Records;

/// <summary>
/// Which records are kept one by one (all are counted). Failures, degraded answers and reviews first: up to <see cref="MaxPerSecond"/> a second; of the
/// ordinary ones the first <see cref="MaxOrdinaryPerSecond"/> of each second. One writer and one disk are shared by the whole stack.
/// </summary>
internal sealed class RecordSampler
{
    internal const int MaxPerSecond = 250;
    internal const int MaxOrdinaryPerSecond = 50;

    /// <summary>Records that wait for the database at most: more arrive only while it is away.</summary>
    internal const int MaxWaiting = 5000;

    private long _second;
    private int _kept;
    private int _ordinary;

    internal bool Keep(RequestRecord record, long nowUnixMs)
    {
        var second = nowUnixMs / 1000;
        if (second != _second) (_second, _kept, _ordinary) = (second, 0, 0);
        if (_kept >= MaxPerSecond) return false;
        if (record.Status < 400 && record.Degraded.Count == 0 && !record.Review && ++_ordinary > MaxOrdinaryPerSecond) return false;
        _kept++;
        return true;
    }
}
