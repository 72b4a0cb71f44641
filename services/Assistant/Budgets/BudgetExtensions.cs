using Slipway.ServiceDefaults;

namespace Slipway.Assistant.Budgets;

/// <summary>The budgets by route.</summary>
internal sealed class BudgetTable(IReadOnlyDictionary<string, RouteBudget> routes)
{
    public RouteBudget For(string route) => routes.TryGetValue(route, out var budget) ? budget : routes[SloFile.DefaultRoute];
}

internal static class BudgetExtensions
{
    /// <summary>Reads the budgets from <c>slo.json</c> in the assets folder, at start.</summary>
    public static WebApplicationBuilder AddBudgets(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new BudgetTable(SloFile.Read(Path.Combine(builder.AssetsPath(), "slo.json"))));
        return builder;
    }
}
