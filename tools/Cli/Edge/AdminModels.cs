using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Cli.Edge;

/// <summary>What of <c>/admin</c> the command line shows; the names are those of its OpenAPI description.</summary>
internal static class AdminJson
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <exception cref="UnableException">It is not what an edge answers.</exception>
    public static T Read<T>(JsonElement json, string what)
    {
        try
        {
            return json.Deserialize<T>(Options) ?? throw new JsonException("It is null.");
        }
        catch (JsonException exception)
        {
            throw new UnableException($"The answer to {what} cannot be read: {exception.Message}", exception);
        }
    }
}

internal sealed record Latency(long Count, double? P50Ms, double? P95Ms, double? P99Ms, double? MaxMs);

internal sealed record Tier(long Hits, long Lookups, double? HitRate);

internal sealed record Caches(Tier Output, Tier Retrieval);

internal sealed record Shares(long Count, double? Share);

internal sealed record Degradations(long Count, double? Share, IReadOnlyDictionary<string, long> ByRung);

internal sealed record Tokens(long Prompt, long Completion, long CachedPrompt);

internal sealed record Figures(
    long Requests, Latency Answered, Latency FirstToken, Latency WithoutModel, IReadOnlyDictionary<string, Latency> Stages, Tokens Tokens, double CostUsd,
    [property: JsonPropertyName("cost_usd_per_1000_requests")] double? CostUsdPer1000Requests, Caches Cache, Shares Failures, Degradations Degraded, Shares Reviews);

internal sealed record FiguresGroup(string? Route, string? Tenant, string? Release, Figures Figures);

internal sealed record Kpis(int WindowMinutes, DateTimeOffset From, DateTimeOffset To, long RecordsDropped, Figures Total, IReadOnlyList<FiguresGroup> Groups);

internal sealed record Slo(IReadOnlyList<SloRoute> Routes, IReadOnlyList<SloAlert> Alerts)
{
    /// <summary>The objectives of a route by name; those of <c>default</c> where it has no requests yet.</summary>
    public IReadOnlyDictionary<string, SloObjective> Of(string route) =>
        ((Routes.FirstOrDefault(entry => entry.Route == route) ?? Routes.FirstOrDefault(entry => entry.Route == "default"))?.Objectives ?? []).ToDictionary(objective => objective.Objective, StringComparer.Ordinal);
}

internal sealed record SloRoute(string Route, IReadOnlyList<SloObjective> Objectives);

internal sealed record SloObjective(string Objective, double Target, IReadOnlyList<SloWindow> Windows)
{
    public double? BurnOf(int minutes) => Windows.FirstOrDefault(window => window.Minutes == minutes)?.BurnRate;
}

internal sealed record SloWindow(int Minutes, long Requests, double? Measured, double? BurnRate);

internal sealed record SloAlert(string Route, string Objective, string Rule, string Severity, DateTimeOffset Since, string Message);

internal sealed record EventPage(IReadOnlyList<Event> Events);

internal sealed record Event(string Id, DateTimeOffset At, string Kind, string Severity, string Subject, string Message);

internal sealed record ModelList(IReadOnlyList<Model> Models);

internal sealed record Model([property: JsonPropertyName("model")] string Name, string Provider, string Mode, string? DeprecationDate, IReadOnlyList<Identity> Identities, IReadOnlyList<Probe> Probes);

internal sealed record Identity(string ProviderModel, DateTimeOffset LastSeen);

internal sealed record Probe(string Name, bool Within);

internal sealed record RequestDetails(
    string RequestId, DateTimeOffset At, string Tenant, string Route, string Release, int Status, string? ErrorCode, string Model, string Provider, string Cache, IReadOnlyList<string> Degraded,
    IReadOnlyDictionary<string, double> StagesMs, double TotalMs, double? FirstTokenMs, int PromptTokens, int CompletionTokens, double CostUsd, double Confidence, bool Stream);
