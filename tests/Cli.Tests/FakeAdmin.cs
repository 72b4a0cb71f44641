using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.Cli.Tests;

/// <summary>An edge that answers <c>/admin</c> as Control does, with figures that are easy to find again.</summary>
internal sealed class FakeAdmin : IAsyncDisposable
{
    public const string Key = "sk-admin";

    private static readonly string[] Stages = ["cache", "flags", "gateway", "model", "post", "prompt", "record", "retrieval"];

    private readonly WebApplication _app;

    private FakeAdmin(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Whether the model broker and the cache service answer.</summary>
    public bool PeersAnswer { get; set; } = true;

    /// <summary>Whether anything answers.</summary>
    public bool Answers { get; set; } = true;

    public JsonArray Alerts { get; } = [];

    public JsonObject Request { get; } = JsonNode.Parse("""
        {"request_id":"r-1","at":"2027-01-15T08:00:00.5+00:00","tenant":"acme","route":"answers","release":"baseline","status":200,"error_code":null,"model":"gpt","provider":"openai","prompt_version":"answer/1","corpus_version":"c",
         "cache":"miss","degraded":["retrieval=keyword"],"stages_ms":{"gateway":1,"flags":0.1,"cache":2,"retrieval":450,"prompt":3,"model":900,"post":1,"record":0.2},"total_ms":1360,"first_token_ms":null,
         "prompt_tokens":800,"completion_tokens":120,"cached_prompt_tokens":0,"cost_usd":0.0012,"confidence":0.7,"review":false,"stream":false,"feedback":null}
        """)!.AsObject();

    public static async Task<FakeAdmin> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var admin = new FakeAdmin(app);
        app.Use(admin.GuardAsync);
        app.MapGet("/admin/kpis", (HttpContext http) => Json(admin.Kpis(http.Request.Query["group_by"].ToString(), http.Request.Query["window"].ToString())));
        app.MapGet("/admin/slo", () => Json(admin.Slo()));
        app.MapGet("/admin/events", () => Json(JsonNode.Parse("""{"events":[{"id":"9","at":"2027-01-15T08:00:00+00:00","kind":"model_version","severity":"warning","subject":"gpt","message":"gpt: [another] version answers.","details":{}}],"next":null}""")!));
        app.MapGet("/admin/models", () => admin.Peer("""{"models":[{"model":"gpt","provider":"openai","mode":"chat","deprecation_date":"2027-06-30","identities":[{"provider_model":"gpt-2027-01","fingerprint":null,"first_seen":"2027-01-01T00:00:00+00:00","last_seen":"2027-01-15T00:00:00+00:00"}],"probes":[{"name":"p","similarity":0.1,"least_similarity":0.8,"within":false,"answered":null}]}],"events":[]}"""));
        app.MapGet("/admin/cache", () => admin.Peer("""{"intents":[]}"""));
        app.MapGet("/admin/requests/{id}", (string id) => id == "r-1" ? Json(admin.Request) : Json(JsonNode.Parse("""{"error":{"message":"No record of this request is kept.","type":"invalid_request_error","param":null,"code":"request_not_found"}}""")!, 404));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return admin;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        if (!Answers)
        {
            http.Abort();
            return Task.CompletedTask;
        }

        if (http.Request.Headers.Authorization == "Bearer " + Key) return next(http);
        http.Response.StatusCode = 401;
        return http.Response.WriteAsync("""{"error":{"message":"The key is unknown.","type":"authentication_error","param":null,"code":"invalid_api_key"}}""");
    }

    private IResult Peer(string json) =>
        PeersAnswer ? Json(JsonNode.Parse(json)!) : Json(JsonNode.Parse("""{"error":{"message":"It does not answer.","type":"server_error","param":null,"code":"model_broker_unavailable"}}""")!, 503);

    private static IResult Json(JsonNode json, int status = 200) => Results.Text(json.ToJsonString(), "application/json", statusCode: status);

    private JsonObject Kpis(string groupBy, string window) => new()
    {
        ["window_minutes"] = int.Parse(window, System.Globalization.CultureInfo.InvariantCulture), ["from"] = "2027-01-15T07:55:00+00:00", ["to"] = "2027-01-15T08:00:30+00:00", ["step_minutes"] = null, ["records_dropped"] = 3,
        ["total"] = Figures(1650), ["series"] = new JsonArray(),
        ["groups"] = groupBy == "route"
            ? new JsonArray(Group("answers", null, 1500), Group("embeddings", null, 150))
            : new JsonArray(Group(null, "acme", 1200), Group(null, "[odd]", 450)),
    };

    private static JsonObject Group(string? route, string? tenant, long requests) => new() { ["route"] = route, ["tenant"] = tenant, ["release"] = null, ["figures"] = Figures(requests) };

    private static JsonObject Figures(long requests) => new()
    {
        ["requests"] = requests, ["streams"] = 0, ["end_to_end"] = Latency(3000), ["first_token"] = Latency(null), ["answered"] = Latency(3000), ["without_model"] = Latency(200),
        ["stages"] = new JsonObject([.. Stages.Select(stage => KeyValuePair.Create(stage, (JsonNode?)Latency(stage == "retrieval" ? 123.4 : 1)))]),
        ["tokens"] = new JsonObject { ["prompt"] = 10, ["completion"] = 5, ["cached_prompt"] = 0 }, ["cost_usd"] = 1.5, ["cost_usd_per_1000_requests"] = 0.9,
        ["cache"] = new JsonObject { ["output"] = Tier(330, 1650), ["retrieval"] = Tier(0, 1320) },
        ["failures"] = new JsonObject { ["count"] = 15, ["share"] = 0.01, ["by_class"] = new JsonObject(), ["by_code"] = new JsonObject() },
        ["degraded"] = new JsonObject { ["count"] = 7, ["share"] = 0.004, ["by_rung"] = new JsonObject { ["retrieval=keyword"] = 7 } },
        ["reviews"] = new JsonObject { ["count"] = 2, ["share"] = 0.001, ["mean_confidence"] = 0.8 },
    };

    private static JsonObject Latency(double? p95) => new() { ["count"] = p95 is null ? 0 : 1500, ["p50_ms"] = p95 / 2, ["p95_ms"] = p95, ["p99_ms"] = p95, ["max_ms"] = p95 };

    private static JsonObject Tier(long hits, long lookups) => new() { ["hits"] = hits, ["lookups"] = lookups, ["hit_rate"] = (double)hits / lookups };

    private JsonObject Slo()
    {
        (string, double)[] targets = [("end_to_end", 2500), ("without_model", 800), ("gateway", 20), ("flags", 5), ("cache", 60), ("retrieval", 400), ("prompt", 150), ("model", 1700), ("post", 50), ("record", 5), ("failures", 0.01)];
        var objectives = targets.Select(target => (JsonNode)new JsonObject
        {
            ["objective"] = target.Item1, ["target"] = target.Item2,
            ["windows"] = new JsonArray(Window(5, target.Item1 == "end_to_end" ? 7.5 : 0.2), Window(60, 0.1)),
        });
        return new JsonObject { ["least_requests"] = 100, ["routes"] = new JsonArray(new JsonObject { ["route"] = "default", ["objectives"] = new JsonArray([.. objectives]) }), ["alerts"] = Alerts.DeepClone() };
    }

    private static JsonObject Window(int minutes, double burn) => new() { ["minutes"] = minutes, ["requests"] = 1500, ["measured"] = 0.01, ["burn_rate"] = burn };
}
