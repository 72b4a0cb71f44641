using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Security;
using Slipway.ServiceDefaults.Tests.Support;
using Slipway.Testing;

namespace Slipway.ServiceDefaults.Tests.Security;

public sealed class InternalKeyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("test-internal-key-012345678")]
    [InlineData("test-internal-key-0123456789x")]
    [InlineData("TEST-INTERNAL-KEY-0123456789")]
    public async Task Whoever_lacks_the_key_gets_nothing_but_health(string? key)
    {
        await using var service = await StartAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await service.Http(key).GetAsync("/secret", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.Http(key).GetAsync("/healthy-looking", Token)).StatusCode);
        var exception = await Assert.ThrowsAsync<RpcException>(() => service.Client(key).LookupAsync(new LookupRequest(), cancellationToken: Token).ResponseAsync);
        Assert.Equal(StatusCode.Unauthenticated, exception.StatusCode);
        Assert.Equal(0, service.Services.GetRequiredService<FakeCache>().Lookups);
        Assert.Equal("Healthy", await service.Http(key).GetStringAsync("/health", Token));
        Assert.Equal("Healthy", await service.Http(key).GetStringAsync("/alive", Token));
    }

    [Fact]
    public async Task Whoever_has_the_key_gets_in()
    {
        await using var service = await StartAsync();

        Assert.Equal("told", await service.Http().GetStringAsync("/secret", Token));
        await service.Client().LookupAsync(new LookupRequest(), cancellationToken: Token);
        Assert.Equal(1, service.Services.GetRequiredService<FakeCache>().Lookups);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_service_does_not_start_without_the_key_and_says_what_to_do(string? key)
    {
        var builder = TestService.Builder(("Slipway:InternalKey", key));

        var exception = Assert.Throws<InvalidOperationException>(() => builder.AddServiceDefaults());

        Assert.Contains("Slipway:InternalKey is not set", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Slipway__InternalKey", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_key_is_refused_without_being_told()
    {
        var exception = Assert.Throws<ArgumentException>(() => new InternalKey("fifteen-letters"));

        Assert.DoesNotContain("fifteen", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_same_characters_match()
    {
        var key = new InternalKey(WellKnown.InternalKey);

        Assert.True(key.Matches(WellKnown.InternalKey));
        Assert.True(key.Matches(string.Concat(WellKnown.InternalKey.AsSpan(0, 5), WellKnown.InternalKey.AsSpan(5))));
        Assert.False(key.Matches(null));
        Assert.False(key.Matches(""));
        Assert.False(key.Matches(WellKnown.InternalKey + "x"));
        Assert.False(key.Matches(WellKnown.InternalKey[1..]));
    }

    private static Task<TestService> StartAsync() => TestService.StartAsync(
        builder => builder.Services.AddSingleton<FakeCache>(),
        app =>
        {
            app.MapGrpcService<FakeCache>();
            app.MapGet("/secret", () => "told");
            app.MapGet("/healthy-looking", () => "told");
        });
}
