namespace Slipway.Cache.Intents.Routes;

/// <summary>The routes of <c>ai/cache.json</c>.</summary>
internal sealed class IntentRoutes(IReadOnlyDictionary<string, IntentRoute> routes)
{
    /// <summary>The names of all entries.</summary>
    internal IEnumerable<string> Names => routes.Keys;

    /// <summary>The entry that serves the route: its own, or <c>default</c>. What is measured is kept by entry, so that few requests suffice to know.</summary>
    internal string NameOf(string route) => routes.ContainsKey(route) ? route : CacheFile.DefaultRoute;

    /// <summary>What holds for the route.</summary>
    internal IntentRoute Of(string route) => routes[NameOf(route)];
}
