using Slipway.Cache.Options;

namespace Slipway.Cache.Tests.Options;

public sealed class CacheOptionsTests
{
    private readonly CacheOptionsValidator _validator = new();

    [Fact]
    public void The_defaults_are_valid() => Assert.True(_validator.Validate(null, new CacheOptions()).Succeeded);

    [Fact]
    public void All_errors_are_named_at_once_with_their_ranges()
    {
        var result = _validator.Validate(null, new CacheOptions
        {
            RetrievalTtl = TimeSpan.FromMinutes(4),
            OutputTtl = TimeSpan.FromMinutes(31),
            Jitter = double.NaN,
            MemoryBytes = 0,
            LeaseDuration = TimeSpan.Zero,
        });

        Assert.Equal(5, result.Failures!.Count());
        Assert.Contains("Cache:RetrievalTtl is 00:04:00; it must be within 00:05:00 and 00:30:00.", result.Failures!);
        Assert.Contains("Cache:OutputTtl is 00:31:00; it must be within 00:05:00 and 00:30:00.", result.Failures!);
        Assert.Contains("Cache:Jitter is NaN; it must be within 0 and 0.5.", result.Failures!);
    }
}
