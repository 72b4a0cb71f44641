using System.Collections.Concurrent;
using System.Diagnostics;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Assistant.Tests.Hosting;

/// <summary>Slipway's spans that ended while this existed.</summary>
public sealed class Spans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public Spans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SlipwayTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IEnumerable<Activity> Of(string name) => _ended.Where(span => span.OperationName == name);

    public void Dispose() => _listener.Dispose();
}
