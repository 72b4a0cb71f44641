using System.Globalization;
using System.Text.Json;

namespace Slipway.Assets.Slo;

/// <summary>
/// Reads <c>ai/slo.json</c>: <c>{"routes":{"default":{"endToEndMs","withoutModelMs","streamMs","costPer1000Usd","failureRate","stages":{STAGE:ms}}},"alerts":{"leastRequests"}}</c>. The route
/// <c>default</c> serves every route that has no entry. All errors are found at once. Everybody who needs the file reads it here: assistant, Control and the command line.
/// </summary>
public static class SloFile
{
    /// <summary>The route that serves every route without an entry.</summary>
    public const string DefaultRoute = RoutesFile.DefaultRoute;

    private static readonly string[] RouteFields = ["endToEndMs", "withoutModelMs", "streamMs", "costPer1000Usd", "failureRate", "stages"];

    /// <summary>Reads the file.</summary>
    /// <exception cref="AssetFileException">The file is wrong; the message lists every error.</exception>
    public static SloSettings Read(string path) =>
        File.Exists(path) ? Parse(path, File.ReadAllBytes(path)) : throw new AssetFileException(path, ["it does not exist: it holds the budgets of the request path."]);

    /// <summary>Reads the file, and again whenever it changes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Hears of each change that was taken.</param>
    /// <param name="refused">Hears all that is wrong with a change that was not.</param>
    /// <exception cref="AssetFileException">The file is wrong at the start; the message lists every error.</exception>
    public static WatchedFile<SloSettings> Watch(string path, TimeProvider time, Action<SloSettings> changed, Action<IReadOnlyList<string>> refused) =>
        File.Exists(path) ? new(path, content => Parse(path, content), time, changed, refused) : throw new AssetFileException(path, ["it does not exist: it holds the budgets of the request path."]);

    /// <summary>Reads the content of the file.</summary>
    /// <exception cref="AssetFileException">The file is wrong; the message lists every error.</exception>
    public static SloSettings Parse(string file, ReadOnlyMemory<byte> content)
    {
        var leastRequests = SloSettings.DefaultLeastRequests;
        var routes = RoutesFile.Parse(file, content, ReadRoute, (root, errors) => leastRequests = ReadAlerts(root, errors));
        return new SloSettings(routes, leastRequests);
    }

    private static int ReadAlerts(JsonElement root, List<string> errors)
    {
        foreach (var field in root.EnumerateObject())
            if (field.Name is not ("routes" or "alerts" or "$schema")) errors.Add($"{field.Name} is no field: routes, alerts.");
        if (!root.TryGetProperty("alerts", out var alerts)) return SloSettings.DefaultLeastRequests;
        if (alerts.ValueKind != JsonValueKind.Object)
        {
            errors.Add("alerts is not an object.");
            return SloSettings.DefaultLeastRequests;
        }

        foreach (var field in alerts.EnumerateObject())
            if (field.Name != "leastRequests") errors.Add($"alerts.{field.Name} is no field: leastRequests.");
        if (!alerts.TryGetProperty("leastRequests", out var least)) return SloSettings.DefaultLeastRequests;
        if (least.ValueKind == JsonValueKind.Number && least.TryGetInt32(out var requests) && requests is >= 1 and <= 1_000_000) return requests;
        errors.Add($"alerts.leastRequests is {least.GetRawText()}; it must be 1 to 1000000.");
        return SloSettings.DefaultLeastRequests;
    }

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

        if (route.Value.ValueKind == JsonValueKind.Object)
        {
            foreach (var field in route.Value.EnumerateObject())
                if (!RouteFields.Contains(field.Name)) errors.Add($"{at}.{field.Name} is no field: {string.Join(", ", RouteFields)}.");
        }

        return new RouteBudget(
            endToEnd, withoutModel, stream, stages, Optional(route.Value, at, "costPer1000Usd", 1_000_000, "1000000 USD", errors), Optional(route.Value, at, "failureRate", 0.5, "0.5", errors));
    }

    private static double? Optional(JsonElement route, string at, string name, double most, string limit, List<string> errors)
    {
        if (route.ValueKind != JsonValueKind.Object || !route.TryGetProperty(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > 0 && number <= most) return number;
        errors.Add($"{at}.{name} is {value.GetRawText()}; it must be more than 0 and at most {limit}.");
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
        errors.Add($"{at}.{name} is {ms.ToString(CultureInfo.InvariantCulture)}; it must be {least} to {most} ms.");
        return TimeSpan.FromMilliseconds(least);
    }
}
