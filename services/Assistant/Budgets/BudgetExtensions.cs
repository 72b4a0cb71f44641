using Slipway.Assets;
using Slipway.ServiceDefaults;

namespace Slipway.Assistant.Budgets;

/// <summary>The budgets by route, as <c>slo.json</c> has them now. A request keeps those that it began with.</summary>
internal sealed class BudgetTable(Func<SloSettings> settings)
{
    public RouteBudget For(string route) => settings().For(route);

    /// <summary>Whether the route's times are held to its budgets.</summary>
    public bool HasTimeObjectives(string route) => settings().HasTimeObjectives(route);
}

internal static partial class BudgetExtensions
{
    /// <summary>Reads the budgets from <c>slo.json</c> in the assets folder, at start and whenever it changes.</summary>
    public static WebApplicationBuilder AddBudgets(this WebApplicationBuilder builder)
    {
        var path = Path.Combine(builder.AssetsPath(), "slo.json");
        // Before anything listens: mistakes of the file stop the start.
        SloFile.Read(path);
        builder.Services.AddSingleton(services =>
        {
            var logger = services.GetRequiredService<ILogger<SloSettings>>();
            return SloFile.Watch(path, services.GetRequiredService<TimeProvider>(), settings => LogRead(logger, string.Join(", ", settings.Routes.Keys)), errors => LogRefused(logger, string.Join(" ", errors)));
        });
        builder.Services.AddSingleton(services =>
        {
            var file = services.GetRequiredService<WatchedFile<SloSettings>>();
            return new BudgetTable(() => file.Current);
        });
        return builder;
    }

    [LoggerMessage(1, LogLevel.Information, "slo.json was read again: {Routes}.")]
    private static partial void LogRead(ILogger logger, string routes);

    [LoggerMessage(2, LogLevel.Error, "The change of slo.json is not taken: {Errors}")]
    private static partial void LogRefused(ILogger logger, string errors);
}
