namespace Slipway.Cache.Grpc;

/// <summary>How long a lookup may wait for another caller's value.</summary>
internal static class WaitBudget
{
    /// <summary>A wait ends this long before the call's deadline, so that the caller hears "miss" rather than "deadline exceeded".</summary>
    internal static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(25);

    /// <summary>What the caller asks for, within what its deadline leaves; zero or less is no wait.</summary>
    internal static TimeSpan Of(int maxWaitMs, DateTime deadline, DateTimeOffset now)
    {
        var wait = TimeSpan.FromMilliseconds(maxWaitMs);
        if (wait <= TimeSpan.Zero || deadline == DateTime.MaxValue) return wait;
        var left = deadline - now.UtcDateTime - Margin;
        return left < wait ? left : wait;
    }
}
