using Slipway.Cache.Entries;
using Slipway.Cache.Frequent;
using Slipway.Cache.Generations;
using Slipway.Cache.Leases;

namespace Slipway.Cache.Answers;

internal static class AnswerCacheExtensions
{
    /// <summary>Both tiers, their leases and their purges.</summary>
    internal static WebApplicationBuilder AddAnswerCache(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new Random());
        builder.Services.AddSingleton<EntryLifetimes>();
        builder.Services.AddSingleton<EntryStore>();
        builder.Services.AddSingleton<TenantGenerations>();
        builder.Services.AddSingleton<RedisLeases>();
        builder.Services.AddSingleton<LeaseTable>();
        builder.Services.AddSingleton<FrequentQuestions>();
        builder.Services.AddSingleton<AnswerCache>();
        builder.Services.AddHostedService<Housekeeping>();
        return builder;
    }
}
