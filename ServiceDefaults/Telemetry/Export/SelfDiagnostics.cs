using System.Reflection;
using OpenTelemetry;

namespace Slipway.ServiceDefaults.Telemetry.Export;

/// <summary>
/// OpenTelemetry's diagnostics of itself. Of their two mechanisms the older one looks each ten seconds for a file that switches it on, which wakes a process that has nothing to do more
/// often than all else that telemetry does, and has no setting (https://github.com/open-telemetry/opentelemetry-dotnet/issues/7054).
/// </summary>
internal static class SelfDiagnostics
{
    private const string FileName = "OTEL_DIAGNOSTICS.json";

    /// <summary>
    /// Has it look no more, unless the file is there now: in the current folder or beside the application, where it looks. The newer mechanism, by the variable
    /// <c>OTEL_DOTNET_SELF_DIAGNOSTICS_SINKS</c>, is not touched.
    /// </summary>
    public static void StopLooking()
    {
        if (!File.Exists(FileName) && !File.Exists(Path.Combine(AppContext.BaseDirectory, FileName))) (Looking() as IDisposable)?.Dispose();
    }

    /// <summary>What looks for the file: private to OpenTelemetry, which disposes it at the end of the process. It may be disposed twice. Null where there is none in a version.</summary>
    internal static object? Looking()
    {
        var type = typeof(Sdk).Assembly.GetType("OpenTelemetry.Internal.SelfDiagnostics");
        var diagnostics = type?.GetField("Instance", BindingFlags.NonPublic | BindingFlags.Static)?.GetValue(null);
        return type?.GetField("configRefresher", BindingFlags.NonPublic | BindingFlags.Instance)?.GetValue(diagnostics);
    }
}
