using Slipway.Cache.Intents.Routes;
using Slipway.Cache.Intents.Shelves;
using Slipway.Cache.Intents.Trust;
using Slipway.ServiceDefaults;

namespace Slipway.Cache.Intents;

internal static class IntentCacheExtensions
{
    /// <summary>Answers by intent, as <c>ai/cache.json</c> says for each route.</summary>
    internal static WebApplicationBuilder AddIntentCache(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new IntentRoutes(CacheFile.Read(Path.Combine(builder.AssetsPath(), "cache.json"))));
        builder.Services.AddSingleton<IntentShelves>();
        builder.Services.AddSingleton<IntentTrust>();
        builder.Services.AddSingleton<IntentCache>();
        return builder;
    }
}
