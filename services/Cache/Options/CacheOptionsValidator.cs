using System.Globalization;
using Microsoft.Extensions.Options;

namespace Slipway.Cache.Options;

/// <summary>Names every setting that is out of its range, at start.</summary>
internal sealed class CacheOptionsValidator : IValidateOptions<CacheOptions>
{
    public ValidateOptionsResult Validate(string? name, CacheOptions options)
    {
        List<string> errors = [];
        Within(nameof(options.RetrievalTtl), options.RetrievalTtl, CacheOptions.ShortestTtl, CacheOptions.LongestTtl);
        Within(nameof(options.OutputTtl), options.OutputTtl, CacheOptions.ShortestTtl, CacheOptions.LongestTtl);
        Within(nameof(options.Jitter), options.Jitter, 0, 0.5);
        Within(nameof(options.MemoryBytes), options.MemoryBytes, 1L << 20, 1L << 34);
        Within(nameof(options.LeaseDuration), options.LeaseDuration, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(120));
        Within(nameof(options.LeasePoll), options.LeasePoll, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
        Within(nameof(options.RedisTimeout), options.RedisTimeout, TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1));
        Within(nameof(options.RedisProbe), options.RedisProbe, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));
        Within(nameof(options.PurgeReach), options.PurgeReach, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Within<T>(string setting, T value, T least, T most)
            where T : IComparable<T>
        {
            // NaN compares as less than everything, so it fails here too.
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"Cache:{setting} is {value}; it must be within {least} and {most}."));
        }
    }
}

internal static class CacheOptionsExtensions
{
    internal static WebApplicationBuilder AddCacheOptions(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<CacheOptions>().BindConfiguration("Cache").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CacheOptions>, CacheOptionsValidator>();
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<CacheOptions>>().Value);
        return builder;
    }
}
