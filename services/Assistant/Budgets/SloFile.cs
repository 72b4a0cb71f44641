using System.Text.Json;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.Assistant.Budgets;

/// <summary>
/// Reads <c>ai/slo.json</c>: <c>{"routes":{"default":{"endToEndMs","withoutModelMs","streamMs","costPer1000Usd","stages":{STAGE:ms}}}}</c>. The route <c>default</c> serves
/// every route that has no entry. All errors are found at once.
/// </summary>
internal static class SloFile
{
    public const string DefaultRoute = RoutesFile.DefaultRoute;

    /// <exception cref="InvalidOperationException">The file is wrong; the message lists every error.</exception>
    public static IReadOnlyDictionary<string, RouteBudget> Read(string path) =>
        RoutesFile.Read(path, "it holds the budgets of the request path", ReadRoute);

    private static RouteBudget ReadRoute(JsonProperty route, List<string> errors)
    {
        var at = "routes." + route.Name;
        var endToEnd = Milliseconds(route.Value, at, "endToEndMs", 100, 600_000, errors);
        var withoutModel = Milliseconds(route.Value, at, "withoutModelMs", 10, 600_000, errors);
        var stream = Milliseconds(route.Value, at, "streamMs", 1_000, 3_600_000, errors);
        var stages = new TimeSpan[Stages.Count];
        var hasStages = route.Value.ValueKind == JsonValueKind.Object && route.Value.TryGetProperty("stages", out _);
        var stageObject = hasStages ? route.Value.GetProperty("stages") : default;
        if (!hasStages) errors.Add($"{at}.stages is missing.");
        else
        {
            for (var i = 0; i < stages.Length; i++) stages[i] = Milliseconds(stageObject, at + ".stages", Stages.Names[i], 1, 600_000, errors);
            if (stageObject.ValueKind == JsonValueKind.Object)
            {
                foreach (var stage in stageObject.EnumerateObject())
                    if (!Stages.Names.Contains(stage.Name)) errors.Add($"{at}.stages.{stage.Name} is no stage: {string.Join(", ", Stages.Names)}.");
            }

            var model = stages[(int)Stage.Model];
            var others = TimeSpan.FromTicks(stages.Sum(s => s.Ticks)) - model;
            if (others > withoutModel) errors.Add($"{at}: the stages without the model add up to {others.TotalMilliseconds} ms, more than withoutModelMs ({withoutModel.TotalMilliseconds}).");
            if (others + model > endToEnd) errors.Add($"{at}: the stages add up to {(others + model).TotalMilliseconds} ms, more than endToEndMs ({endToEnd.TotalMilliseconds}).");
        }

        return new RouteBudget(endToEnd, withoutModel, stream, stages, CostPer1000(route.Value, at, errors));
    }

    private static double? CostPer1000(JsonElement route, string at, List<string> errors)
    {
        if (route.ValueKind != JsonValueKind.Object || !route.TryGetProperty("costPer1000Usd", out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var cost) && cost is > 0 and <= 1_000_000) return cost;
        errors.Add($"{at}.costPer1000Usd is {value.GetRawText()}; it must be more than 0 and at most 1000000 USD.");
        return null;
    }

    private static TimeSpan Milliseconds(JsonElement parent, string at, string name, double least, double most, List<string> errors)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var ms))
        {
            errors.Add($"{at}.{name} is missing or is not a number.");
            return TimeSpan.FromMilliseconds(least);
        }

        if (ms >= least && ms <= most) return TimeSpan.FromMilliseconds(ms);
        errors.Add($"{at}.{name} is {ms}; it must be {least} to {most} ms.");
        return TimeSpan.FromMilliseconds(least);
    }
}
