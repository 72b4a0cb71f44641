using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Hosting;

/// <summary>
/// Logs why the service is not healthy, once for each change. The framework logs it at each request instead: ten lines a second while an
/// orchestrator waits for the start.
/// </summary>
internal sealed partial class HealthChanges(ILogger<HealthChanges> logger)
{
    private string _last = "";

    /// <summary>Writes the one word of the answer.</summary>
    internal Task WriteAsync(HttpContext context, HealthReport report)
    {
        var problems = string.Join("; ", report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy)
            .Select(entry => $"{entry.Key}: {entry.Value.Description ?? entry.Value.Exception?.Message ?? entry.Value.Status.ToString()}"));
        if (Interlocked.Exchange(ref _last, problems) != problems)
        {
            if (problems.Length > 0) LogProblems(report.Status, problems);
            else LogHealthy();
        }

        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(report.Status.ToString(), context.RequestAborted);
    }

    [LoggerMessage(1, LogLevel.Warning, "{Status}: {Problems}")]
    private partial void LogProblems(HealthStatus status, string problems);

    [LoggerMessage(2, LogLevel.Information, "Healthy again.")]
    private partial void LogHealthy();
}

internal static class HealthChangesExtensions
{
    internal static void AddHealthChanges(this WebApplicationBuilder builder)
    {
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.AddSingleton<HealthChanges>();
    }
}
