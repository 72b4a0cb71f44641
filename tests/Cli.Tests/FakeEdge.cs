using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.Cli.Tests;

/// <summary>An edge that knows one key and finds what a test says, by mode and query.</summary>
internal sealed class FakeEdge : IAsyncDisposable
{
    public const string Key = "sk-test";

    private readonly WebApplication _app;

    private FakeEdge(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>Passages for a mode and a query, each <c>document#chunk</c>.</summary>
    public Func<string, string, string[]> Finds { get; set; } = (_, _) => [];

    public string DegradedReason { get; set; } = "";

    /// <summary>The collection of the last search.</summary>
    public string? Collection { get; private set; }

    /// <summary>The last request to choose a weight, with the tenant of its path.</summary>
    public JsonNode? Tuning { get; private set; }

    public static async Task<FakeEdge> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var edge = new FakeEdge(app);
        app.MapPost("/v1/search", edge.SearchAsync);
        app.MapPost("/admin/retrieval/{tenant}/fusion", edge.TuneAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return edge;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task SearchAsync(HttpContext http)
    {
        if (http.Request.Headers.Authorization != "Bearer " + Key)
        {
            http.Response.StatusCode = 401;
            await http.Response.WriteAsync("""{"error":{"message":"The key is unknown.","type":"authentication_error","param":null,"code":"invalid_api_key"}}""");
            return;
        }

        var request = (await JsonNode.ParseAsync(http.Request.Body))!;
        Collection = (string?)request["collection"];
        var passages = Finds((string)request["mode"]!, (string)request["query"]!).Select(chunk => (JsonNode)new JsonObject { ["document_id"] = chunk.Split('#')[0], ["chunk_id"] = chunk });
        await http.Response.WriteAsync(new JsonObject { ["passages"] = new JsonArray([.. passages]), ["mode"] = "hybrid", ["degraded_reason"] = DegradedReason }.ToJsonString());
    }

    private async Task TuneAsync(HttpContext http, string tenant)
    {
        Tuning = (await JsonNode.ParseAsync(http.Request.Body))!;
        Tuning["tenant"] = tenant;
        if (tenant != "refused")
        {
            await http.Response.WriteAsync(
                """{"vector_weight":0.35,"source":"held_out","questions":2,"keyword_ndcg":0.5,"vector_ndcg":0.25,"default_ndcg":0.51,"held_out_ndcg":0.6667,"chosen_at":"2027-01-15T08:00:00+00:00"}""");
            return;
        }

        http.Response.StatusCode = 400;
        await http.Response.WriteAsync("""{"error":{"message":"questions has 2 entries; 30 to 2000 are accepted: fewer are no evidence.","type":"invalid_request_error","param":"questions","code":"invalid_value"}}""");
    }
}
