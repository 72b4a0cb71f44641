using System.Diagnostics;

namespace Slipway.ServiceDefaults.Telemetry.Keeping;

/// <summary>
/// The spans of traces that were not sampled, held back until it is known whether they matter: tail-based sampling. What nobody asks for within <see cref="Wait"/> is
/// not sent any more, and newer spans push out the oldest.
/// </summary>
/// <param name="send">Where the spans of a kept trace go.</param>
/// <param name="time">The clock.</param>
/// <param name="most">The most spans that are held; one takes some 1.5 kB.</param>
public sealed class KeptTraces(Action<Activity> send, TimeProvider time, int most = KeptTraces.Most)
{
    /// <summary>Some thousand requests; more would live long enough to cost whole garbage collections.</summary>
    internal const int Most = 4_096;

    /// <summary>How long a span waits for the end of its request, and how long a kept trace is known for the spans that end late.</summary>
    internal static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    // A ring of the last spans: an array of hashes is searched in a microsecond when a trace is kept, and holding a span, which is what nearly always happens, is three stores.
    private readonly int[] _hashes = new int[most];
    private readonly Activity?[] _spans = new Activity?[most];
    private readonly long[] _since = new long[most];
    private readonly HashSet<ActivityTraceId> _kept = [];
    private readonly Queue<(ActivityTraceId Trace, long Since)> _keptOrder = new();
    private int _next;

    /// <summary>Keeps a trace: its spans here are sent, those that have ended and those that will.</summary>
    public void Keep(ActivityTraceId trace)
    {
        List<Activity> spans = [];
        lock (_gate)
        {
            if (!_kept.Add(trace)) return;
            _keptOrder.Enqueue((trace, time.GetTimestamp()));
            if (_keptOrder.Count > most) _kept.Remove(_keptOrder.Dequeue().Trace);
            Take(trace, spans);
        }

        foreach (var span in spans) Send(span);
    }

    /// <summary>Takes a span that has ended and was not sampled.</summary>
    internal void Offer(Activity span)
    {
        var trace = span.TraceId;
        var hash = trace.GetHashCode();
        lock (_gate)
        {
            if (_kept.Count == 0 || !IsKept(trace))
            {
                (_hashes[_next], _spans[_next], _since[_next]) = (hash, span, time.GetTimestamp());
                if (++_next == most) _next = 0;
                return;
            }
        }

        Send(span);
    }

    private void Take(ActivityTraceId trace, List<Activity> spans)
    {
        var hash = trace.GetHashCode();
        for (int at = 0, found; at < most && (found = _hashes.AsSpan(at).IndexOf(hash)) >= 0; at++)
        {
            at += found;
            if (_spans[at] is not { } span || span.TraceId != trace) continue;
            if (time.GetElapsedTime(_since[at]) <= Wait) spans.Add(span);
            _spans[at] = null;
        }
    }

    private bool IsKept(ActivityTraceId trace)
    {
        while (_keptOrder.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) > Wait) _kept.Remove(_keptOrder.Dequeue().Trace);
        return _kept.Contains(trace);
    }

    private void Send(Activity span)
    {
        // Exporters take sampled spans alone.
        span.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        send(span);
    }
}
