using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>The source of Slipway's own spans and metrics. Names follow OpenTelemetry's GenAI conventions where they exist, <c>slipway.*</c> otherwise.</summary>
public static class SlipwayTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Slipway";

    /// <summary>Where spans come from.</summary>
    public static ActivitySource Source { get; } = new(Name);

    /// <summary>Where metrics come from.</summary>
    public static Meter Meter { get; } = new(Name);
}
