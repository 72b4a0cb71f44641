using System.Text.Json;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Http;
using Slipway.Assistant.OpenAi;
using Slipway.Contracts;

namespace Slipway.Assistant.Models;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{name}</c>: <c>assistant</c>, and what the broker's catalog has.</summary>
internal static class ModelsApi
{
    public static WebApplication MapModelsApi(this WebApplication app)
    {
        app.MapGet("/v1/models", List);
        // Catalogs have names with slashes: vendor/model.
        app.MapGet("/v1/models/{**name}", Find);
        return app;
    }

    private static Task List(HttpContext http, ModelCatalog catalog)
    {
        _ = Caller.From(http);
        return JsonResponse.WriteAsync(http, json =>
        {
            json.WriteStartObject();
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            foreach (var model in All(catalog)) Write(json, model);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static Task Find(HttpContext http, ModelCatalog catalog, string name)
    {
        _ = Caller.From(http);
        name = PathValue.Decode(name);
        var model = All(catalog).FirstOrDefault(candidate => candidate.Name == name) ?? throw Passthrough.UnknownModel(name);
        return JsonResponse.WriteAsync(http, json => Write(json, model));
    }

    private static IEnumerable<ModelInfo> All(ModelCatalog catalog) =>
        catalog.Models.Concat(catalog.Aliases.Select(alias => new ModelInfo { Name = alias.Name, Provider = "slipway" }))
            .Prepend(new ModelInfo { Name = ModelCatalog.Assistant, Provider = "slipway" })
            .DistinctBy(model => model.Name, StringComparer.Ordinal);

    private static void Write(Utf8JsonWriter json, ModelInfo model)
    {
        json.WriteStartObject();
        json.WriteString("id", model.Name);
        json.WriteString("object", "model");
        json.WriteNumber("created", model.Created);
        json.WriteString("owned_by", model.Provider);
        json.WriteEndObject();
    }
}
