using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Slipway.ServiceDefaults.Telemetry.Keeping;

/// <summary>
/// Samples a share of the traces at their root, as OpenTelemetry's <c>parentbased_traceidratio</c> does, but records the others too, so that <see cref="KeptTraces"/> can
/// still send those that turn out to matter.
/// </summary>
/// <param name="share">The share of traces that are sent whatever becomes of them, 0 to 1.</param>
internal sealed class KeepingSampler(double share) : Sampler
{
    private readonly TraceIdRatioBasedSampler _root = new(share);

    /// <inheritdoc />
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var parent = samplingParameters.ParentContext;
        var sent = parent.TraceId == default
            ? _root.ShouldSample(samplingParameters).Decision == SamplingDecision.RecordAndSample
            : (parent.TraceFlags & ActivityTraceFlags.Recorded) != 0;
        return new SamplingResult(sent ? SamplingDecision.RecordAndSample : SamplingDecision.RecordOnly);
    }
}
