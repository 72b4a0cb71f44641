using System.Text.Json;

namespace Slipway.Stack.Tests.Dashboard;

/// <summary>What the dashboard has taken, as its own JSON tells it.</summary>
internal sealed class TelemetryApi(Uri login) : IDisposable
{
    /// <summary>Telemetry is sent each second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new() { BaseAddress = new Uri(login.GetLeftPart(UriPartial.Authority)), DefaultRequestHeaders = { { "x-api-key", login.Query["?t=".Length..] } } };

    /// <summary>The id of a trace that has spans of all these names and of all these services; asks until there is one.</summary>
    public async Task<string> TraceWithAsync(IReadOnlyCollection<string> names, IReadOnlyCollection<string> services, CancellationToken cancellationToken)
    {
        string? found = null;
        await Ask.UntilAsync(
            () => GetAsync("/api/telemetry/traces?limit=1000", cancellationToken),
            reply => (found = Find(reply)) is not null,
            $"A trace with {string.Join(", ", names)} of {string.Join(", ", services)}",
            Patience,
            cancellationToken);
        return found!;

        string? Find(Reply reply) => reply.Status != 200 ? null : Items(reply.Json, "resourceSpans", "scopeSpans", "spans")
            .GroupBy(span => span.Item.GetProperty("traceId").GetString()!, span => (span.Service, Name: span.Item.GetProperty("name").GetString()!))
            .FirstOrDefault(trace => names.All(name => trace.Any(span => span.Name == name)) && services.All(service => trace.Any(span => span.Service == service)))?.Key;
    }

    /// <summary>The names of all spans that it has.</summary>
    public async Task<IReadOnlyCollection<string>> SpanNamesAsync(CancellationToken cancellationToken)
    {
        var reply = await GetAsync("/api/telemetry/spans?limit=10000", cancellationToken);
        Assert.Equal(200, reply.Status);
        return [.. Items(reply.Json, "resourceSpans", "scopeSpans", "spans").Select(span => span.Item.GetProperty("name").GetString()!)];
    }

    /// <summary>Asks until a service's log has a record with this in its message.</summary>
    public Task LogAsync(string service, string part, CancellationToken cancellationToken) => Ask.UntilAsync(
        () => GetAsync("/api/telemetry/logs?limit=1000", cancellationToken),
        reply => reply.Status == 200 && Items(reply.Json, "resourceLogs", "scopeLogs", "logRecords").Any(log => log.Service == service && log.Item.GetProperty("body").GetRawText().Contains(part, StringComparison.Ordinal)),
        $"A log record of {service} with '{part}'",
        Patience,
        cancellationToken);

    /// <summary>The services that have sent metrics as well as logs and spans; asks until these all have.</summary>
    public Task MetricsAsync(IReadOnlyCollection<string> services, CancellationToken cancellationToken) => Ask.UntilAsync(
        () => GetAsync("/api/telemetry/resources", cancellationToken),
        reply => reply.Status == 200 && services.All(service => reply.Json.EnumerateArray().Any(resource => resource.GetProperty("name").GetString() == service && resource.GetProperty("hasMetrics").GetBoolean())),
        "Metrics of " + string.Join(", ", services),
        Patience,
        cancellationToken);

    public void Dispose() => _client.Dispose();

    private async Task<Reply> GetAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(path, cancellationToken);
            return await Reply.ReadAsync(response, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            return new Reply(0, exception.Message, new Dictionary<string, string>());
        }
    }

    /// <summary>The items of an OTLP JSON document, each with its service.name.</summary>
    private static IEnumerable<(string Service, JsonElement Item)> Items(JsonElement document, string resources, string scopes, string items) =>
        from resource in document.GetProperty("data").GetProperty(resources).EnumerateArray()
        let service = resource.GetProperty("resource").GetProperty("attributes").EnumerateArray()
            .First(attribute => attribute.GetProperty("key").GetString() == "service.name").GetProperty("value").GetProperty("stringValue").GetString()!
        from scope in resource.GetProperty(scopes).EnumerateArray()
        from item in scope.GetProperty(items).EnumerateArray()
        select (service, item);
}
