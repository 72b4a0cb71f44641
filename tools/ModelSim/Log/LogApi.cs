namespace Slipway.ModelSim.Log;

/// <summary><c>GET /sim/requests?since=N</c> and <c>DELETE /sim/requests</c>; and <c>GET /v1/models</c>.</summary>
internal static class LogApi
{
    public static WebApplication MapLogApi(this WebApplication app)
    {
        app.MapGet("/sim/requests", (RequestLog log, long? since) => TypedResults.Ok(log.Since(since ?? 0).Select(entry => new
        {
            entry.Number, entry.At, entry.EndedAt, entry.Path, entry.Model, entry.Key, entry.Attempt, entry.Fault, entry.Stream, entry.Outcome, entry.Status, entry.PromptTokens, entry.TokensSent, entry.Body,
        })));
        app.MapDelete("/sim/requests", (RequestLog log) =>
        {
            log.Clear();
            return TypedResults.NoContent();
        });
        return app;
    }

    public static WebApplication MapModelsApi(this WebApplication app)
    {
        app.MapGet("/v1/models", () => TypedResults.Ok(new { @object = "list", data = SimModel.Listed.Select(id => new { id, @object = "model", created = 0, owned_by = "slipway" }) }));
        return app;
    }
}
