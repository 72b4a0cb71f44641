using Slipway.ModelSim.Chat;

namespace Slipway.ModelSim;

/// <summary><c>GET /v1/models</c>. Other names are answered as well: the simulator is whatever a test calls it.</summary>
internal static class ModelsApi
{
    public static WebApplication MapModels(this WebApplication app)
    {
        app.MapGet("/v1/models", () => new
        {
            @object = "list",
            data = new[] { "sim", Pace.SlowModel, "sim-embedding" }.Select(id => new { id, @object = "model", created = 0, owned_by = "slipway" }),
        });
        return app;
    }
}
