using System.Reflection;
using Slipway.ServiceDefaults.Telemetry.Export;
using Slipway.ServiceDefaults.Tests.Support;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

[Collection(nameof(TelemetryCollection))]
public sealed class SelfDiagnosticsTests
{
    [Fact]
    public async Task OpenTelemetry_does_not_look_each_ten_seconds_for_a_file_that_switches_its_diagnostics_on()
    {
        await using var service = await TestService.StartAsync(settings: [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]);

        var looking = SelfDiagnostics.Looking();
        Assert.True(looking is not null, "This version of OpenTelemetry looks for no file, or looks in another way: see whether SelfDiagnostics is still needed.");
        var worker = looking.GetType().GetField("worker", BindingFlags.NonPublic | BindingFlags.Instance)?.GetValue(looking) as Task;
        Assert.True(worker?.IsCompleted);
    }
}
