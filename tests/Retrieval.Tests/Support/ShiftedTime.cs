namespace Slipway.Retrieval.Tests.Support;

/// <summary>The system's clock, moved on by hand. What waits for a time of day hears of it when it looks again; timers run as ever.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _shift;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _shift));
}
