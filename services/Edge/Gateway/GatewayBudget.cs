using Slipway.Assets;
using Slipway.Assets.Slo;

namespace Slipway.Edge.Gateway;

/// <summary>The budget of the gateway stage by path, from <c>slo.json</c>, for its span. The edge works without: no file, no budget.</summary>
internal sealed class GatewayBudget(WatchedFile<SloSettings>? file)
{
    /// <summary>The budget of a request; null where it is not known.</summary>
    public TimeSpan? For(PathString path) => file?.Current.For(RouteOf(path)).For(Stage.Gateway);

    /// <summary>Finds the file in the assets folder, and follows its changes. What is wrong with it is the assistant's to say.</summary>
    public static GatewayBudget Open(IConfiguration configuration, TimeProvider time)
    {
        if (configuration["Slipway:AssetsPath"] is not { Length: > 0 } assets) return new GatewayBudget(null);
        try
        {
            return new GatewayBudget(SloFile.Watch(Path.Combine(assets, "slo.json"), time, changed: _ => { }, refused: _ => { }));
        }
        catch (AssetFileException)
        {
            return new GatewayBudget(null);
        }
    }

    /// <summary>The routes of docs/reference/slo-json.md, as far as a path tells them.</summary>
    private static string RouteOf(PathString path) => path.Value switch
    {
        "/v1/chat/completions" => "chat.completions",
        "/v1/answers" => "answers",
        "/v1/embeddings" => "embeddings",
        "/v1/documents" => "documents",
        _ => SloFile.DefaultRoute,
    };
}
