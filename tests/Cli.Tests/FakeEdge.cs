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

    public static async Task<FakeEdge> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var edge = new FakeEdge(app);
        app.MapPost("/v1/search", edge.SearchAsync);
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
        var passages = Finds((string)request["mode"]!, (string)request["query"]!).Select(chunk => (JsonNode)new JsonObject { ["document_id"] = chunk.Split('#')[0], ["chunk_id"] = chunk });
        await http.Response.WriteAsync(new JsonObject { ["passages"] = new JsonArray([.. passages]), ["mode"] = "hybrid", ["degraded_reason"] = DegradedReason }.ToJsonString());
    }
}
