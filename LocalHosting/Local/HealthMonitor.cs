using System.Runtime.CompilerServices;

namespace Aspire.Hosting.Local;

/// <summary>Asks again and again, and tells the changes.</summary>
/// <param name="ask">Null when the process is healthy; else why it is not.</param>
/// <param name="time">The clock.</param>
internal sealed class HealthMonitor(Func<CancellationToken, Task<string?>> ask, TimeProvider time)
{
    /// <summary>Until it is healthy for the first time: others wait for it.</summary>
    private static readonly TimeSpan Eager = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Ill = TimeSpan.FromSeconds(1);

    /// <summary>From then on a process that has not become healthy is called unhealthy, and its reason is shown.</summary>
    private static readonly TimeSpan StartIsOver = TimeSpan.FromSeconds(20);

    internal readonly record struct Change(bool Healthy, string? Problem);

    /// <summary>Ends, without an exception, when the process has ended.</summary>
    internal async IAsyncEnumerable<Change> WatchAsync([EnumeratorCancellation] CancellationToken ended)
    {
        var started = time.GetTimestamp();
        bool? healthy = null;
        var failures = 0;
        while (!ended.IsCancellationRequested)
        {
            string? problem;
            try
            {
                problem = await ask(ended);
            }
            catch (OperationCanceledException)
            {
                yield break;
            }

            failures = problem is null ? 0 : failures + 1;
            if (problem is null && healthy != true)
            {
                healthy = true;
                yield return new Change(true, null);
            }
            else if (problem is not null && (healthy == true ? failures >= 2 : healthy is null && time.GetElapsedTime(started) > StartIsOver))
            {
                // One failure may be a pause of the whole machine; two are not.
                healthy = false;
                yield return new Change(false, problem);
            }

            var pause = problem is null ? Calm : healthy is null ? Eager : Ill;
            await Task.WhenAny(Task.Delay(pause, time, ended));
        }
    }
}
