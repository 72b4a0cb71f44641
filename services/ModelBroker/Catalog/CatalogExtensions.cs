using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.ServiceDefaults;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Catalog;

/// <summary>Reads the catalog.</summary>
internal static class CatalogExtensions
{
    /// <summary>
    /// Reads <c>models.json</c> of the assets folder before anything listens, so that a mistake ends the process with the list of all of them. Loads the default
    /// tokenizer beside the start, because the built-in model reports no usage of its own.
    /// </summary>
    public static WebApplicationBuilder AddModelCatalog(this WebApplicationBuilder builder)
    {
        var catalog = CatalogReader.Read(Path.Combine(builder.AssetsPath(), "models.json"), builder.Configuration);
        builder.Services.AddSingleton(catalog);
        builder.Services.AddHostedService<CatalogReport>();
        builder.Services.AddHealthChecks().AddCheck("catalog", () => HealthCheckResult.Healthy($"{catalog.Models.Count} models, version {catalog.Version}"));
        _ = Task.Run(() => TokenCounter.Get(TokenCounter.O200kBase));
        return builder;
    }
}

/// <summary>Says at start what is offered, and what an operator should know.</summary>
internal sealed partial class CatalogReport(ModelCatalog catalog, ILogger<CatalogReport> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        LogCatalog(catalog.Version, string.Join(", ", catalog.Models.Keys.Order(StringComparer.Ordinal)), string.Join(", ", catalog.Aliases.GetValueOrDefault(ModelCatalog.Answer) ?? []));
        foreach (var warning in catalog.Warnings) LogWarning(warning);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Information, "Catalog {Version}: {Models}. Questions are answered by {Answer}.")]
    private partial void LogCatalog(string version, string models, string answer);

    [LoggerMessage(2, LogLevel.Warning, "{Warning}")]
    private partial void LogWarning(string warning);
}
