using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Cli.Edge;

namespace Slipway.Cli.Top;

/// <summary>How a stack stands at one moment.</summary>
/// <param name="Edge">Whose it is.</param>
/// <param name="ByRoute">KPIs by route.</param>
/// <param name="ByTenant">KPIs by tenant.</param>
/// <param name="Slo">Objectives and alerts.</param>
/// <param name="Models">The models; null when the model broker does not answer.</param>
/// <param name="Events">The newest events first.</param>
/// <param name="Json">The same as it was answered.</param>
internal sealed record TopSnapshot(Uri Edge, Kpis ByRoute, Kpis ByTenant, Slo Slo, ModelList? Models, EventPage Events, JsonObject Json)
{
    /// <exception cref="UnableException">The edge refused, or did not answer.</exception>
    public static async Task<TopSnapshot> ReadAsync(EdgeClient edge, int window, CancellationToken cancellationToken)
    {
        var byRoute = edge.GetAsync($"/admin/kpis?window={window}&group_by=route", "the KPIs", cancellationToken);
        var byTenant = edge.GetAsync($"/admin/kpis?window={window}&group_by=tenant", "the KPIs", cancellationToken);
        var slo = edge.GetAsync("/admin/slo", "the objectives", cancellationToken);
        var events = edge.GetAsync("/admin/events?limit=10", "the events", cancellationToken);
        var models = OrNullAsync(edge.GetAsync("/admin/models", "the models", cancellationToken));
        var cache = OrNullAsync(edge.GetAsync("/admin/cache", "the caches", cancellationToken));
        await Task.WhenAll(byRoute, byTenant, slo, events, models, cache);
        var json = new JsonObject
        {
            ["edge"] = edge.Address.ToString(), ["window_minutes"] = window, ["kpis_by_route"] = Node(byRoute.Result), ["kpis_by_tenant"] = Node(byTenant.Result), ["slo"] = Node(slo.Result),
            ["events"] = Node(events.Result.GetProperty("events")), ["models"] = models.Result is { } offered ? Node(offered.GetProperty("models")) : null,
            ["cache_intents"] = cache.Result is { } intents ? Node(intents.GetProperty("intents")) : null,
        };
        return new TopSnapshot(
            edge.Address, AdminJson.Read<Kpis>(byRoute.Result, "the KPIs"), AdminJson.Read<Kpis>(byTenant.Result, "the KPIs"), AdminJson.Read<Slo>(slo.Result, "the objectives"),
            models.Result is { } list ? AdminJson.Read<ModelList>(list, "the models") : null, AdminJson.Read<EventPage>(events.Result, "the events"), json);
    }

    /// <summary>A service behind Control that is away must not hide the others.</summary>
    private static async Task<JsonElement?> OrNullAsync(Task<JsonElement> call)
    {
        try
        {
            return await call;
        }
        catch (EdgeRefusalException exception) when (exception.Status is 503 or 504)
        {
            return null;
        }
    }

    private static JsonNode? Node(JsonElement json) => JsonNode.Parse(json.GetRawText());
}
