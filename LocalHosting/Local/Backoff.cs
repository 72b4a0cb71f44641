namespace Aspire.Hosting.Local;

/// <summary>
/// How long to wait before a crashed process is started again: almost nothing the first time (a killed Redis is back within a second), then 1 s,
/// doubled up to 30 s. A process that was ready for 30 s starts over.
/// </summary>
internal sealed class Backoff
{
    internal static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    internal static readonly TimeSpan ResetAfter = TimeSpan.FromSeconds(30);

    private int _crashes;

    /// <param name="readyFor">How long the process was ready before it crashed.</param>
    internal TimeSpan Next(TimeSpan readyFor)
    {
        if (readyFor >= ResetAfter) _crashes = 0;
        var crash = _crashes++;
        if (crash == 0) return First;
        return crash > 5 ? Longest : TimeSpan.FromSeconds(1 << (crash - 1));
    }
}
