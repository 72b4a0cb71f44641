namespace Slipway.ServiceDefaults.Tests.Telemetry;

/// <summary>Tests whose services collect: sources and listeners are the process' own, so what one samples another would record.</summary>
[CollectionDefinition(nameof(TelemetryCollection), DisableParallelization = true)]
public sealed class TelemetryCollection;
