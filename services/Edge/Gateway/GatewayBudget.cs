using Slipway.Assets;
using Slipway.Assets.Slo;

namespace Slipway.Edge.Gateway;

/// <summary>
/// The budget of the gateway stage by path, from <c>slo.json</c>, for its span. The file is opened for the first span: without telemetry nobody follows it. The edge works without: no
/// file, no budget.
/// </summary>
internal sealed class GatewayBudget(IConfiguration configuration, TimeProvider time)
{
    private readonly Lazy<WatchedFile<SloSettings>?> _file = new(() => Open(configuration["Slipway:AssetsPath"], time));

    /// <summary>The budget of a request; null where it is not known.</summary>
    public TimeSpan? For(PathString path) => _file.Value?.Current.For(RouteOf(path)).For(Stage.Gateway);

    /// <summary>Finds the file in the assets folder, and follows its changes. What is wrong with it is the assistant's to say.</summary>
    private static WatchedFile<SloSettings>? Open(string? assets, TimeProvider time)
    {
        if (string.IsNullOrEmpty(assets)) return null;
        try
        {
            return SloFile.Watch(Path.Combine(assets, "slo.json"), time, changed: _ => { }, refused: _ => { });
        }
        catch (AssetFileException)
        {
            return null;
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
