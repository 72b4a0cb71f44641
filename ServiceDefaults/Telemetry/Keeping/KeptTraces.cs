using System.Diagnostics;

namespace Slipway.ServiceDefaults.Telemetry.Keeping;

/// <summary>
/// The spans of traces that were not sampled, held back until it is known whether they matter: tail-based sampling. What nobody asks for within <see cref="Wait"/>, or
/// what more spans than fit push out, is forgotten.
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
    private readonly Dictionary<ActivityTraceId, List<Activity>> _held = [];
    private readonly Queue<(ActivityTraceId Trace, long Since)> _order = new();
    private readonly HashSet<ActivityTraceId> _kept = [];
    private readonly Queue<(ActivityTraceId Trace, long Since)> _keptOrder = new();
    private int _spans;

    /// <summary>Keeps a trace: its spans here are sent, those that have ended and those that will.</summary>
    public void Keep(ActivityTraceId trace)
    {
        List<Activity>? spans;
        lock (_gate)
        {
            if (!_kept.Add(trace)) return;
            _keptOrder.Enqueue((trace, time.GetTimestamp()));
            if (_keptOrder.Count > most) _kept.Remove(_keptOrder.Dequeue().Trace);
            if (_held.Remove(trace, out spans)) _spans -= spans.Count;
        }

        foreach (var span in spans ?? []) Send(span);
    }

    /// <summary>Takes a span that has ended and was not sampled.</summary>
    internal void Offer(Activity span)
    {
        lock (_gate)
        {
            Forget();
            if (!_kept.Contains(span.TraceId))
            {
                if (!_held.TryGetValue(span.TraceId, out var spans))
                {
                    _held[span.TraceId] = spans = new List<Activity>(4);
                    _order.Enqueue((span.TraceId, time.GetTimestamp()));
                }

                spans.Add(span);
                _spans++;
                return;
            }
        }

        Send(span);
    }

    private void Forget()
    {
        while (_order.TryPeek(out var oldest) && (_spans >= most || time.GetElapsedTime(oldest.Since) > Wait))
        {
            _order.Dequeue();
            if (_held.Remove(oldest.Trace, out var spans)) _spans -= spans.Count;
        }

        while (_keptOrder.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) > Wait) _kept.Remove(_keptOrder.Dequeue().Trace);
    }

    private void Send(Activity span)
    {
        // Exporters take sampled spans alone.
        span.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        send(span);
    }
}
