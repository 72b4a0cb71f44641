using System.Diagnostics;
using OpenTelemetry;

namespace Slipway.ServiceDefaults.Telemetry.Keeping;

/// <summary>Hands the spans that were not sampled to <see cref="KeptTraces"/>; a span that failed keeps its trace, as far as it is in this process.</summary>
internal sealed class KeepingProcessor(KeptTraces traces) : BaseProcessor<Activity>
{
    /// <inheritdoc />
    public override void OnEnd(Activity data)
    {
        if (data.Recorded) return;
        traces.Offer(data);
        if (data.Status == ActivityStatusCode.Error) traces.Keep(data.TraceId);
    }
}
