using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Grpc;
using Slipway.ServiceDefaults.Tests.Support;

namespace Slipway.ServiceDefaults.Tests.Grpc;

public sealed class GrpcClientTests
{
    private const string Idempotent = "slipway.v1.CacheService/Lookup";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_find_their_service_by_discovery_and_carry_the_internal_key()
    {
        var fake = new FakeCache { OnLookup = (_, _) => Task.FromResult(new LookupResponse { Hit = true }) };
        await using var peer = await PeerAsync(fake);
        await using var service = await CallerOfAsync(peer);

        Assert.True((await ClientOf(service).LookupAsync(new LookupRequest(), cancellationToken: Token)).Hit);
    }

    [Fact]
    public async Task An_idempotent_call_is_tried_three_times_when_the_service_is_away()
    {
        var fake = new FakeCache { OnLookup = (call, _) => call <= 2 ? throw FakeCache.Unavailable() : Task.FromResult(new LookupResponse { Hit = true }) };
        await using var peer = await PeerAsync(fake);
        await using var service = await CallerOfAsync(peer);

        Assert.True((await ClientOf(service).LookupAsync(new LookupRequest(), cancellationToken: Token)).Hit);
        Assert.Equal(3, fake.Lookups);
    }

    [Fact]
    public async Task After_three_tries_the_caller_is_told()
    {
        var fake = new FakeCache { OnLookup = (_, _) => throw FakeCache.Unavailable() };
        await using var peer = await PeerAsync(fake);
        await using var service = await CallerOfAsync(peer);

        Assert.Equal(StatusCode.Unavailable, await StatusOfAsync(ClientOf(service).LookupAsync(new LookupRequest(), cancellationToken: Token)));
        Assert.Equal(3, fake.Lookups);
    }

    [Fact]
    public async Task A_call_that_may_not_be_repeated_is_made_once()
    {
        var fake = new FakeCache { OnStore = (_, _) => throw FakeCache.Unavailable() };
        await using var peer = await PeerAsync(fake);
        await using var service = await CallerOfAsync(peer);

        Assert.Equal(StatusCode.Unavailable, await StatusOfAsync(ClientOf(service).StoreAsync(new StoreRequest(), cancellationToken: Token)));
        Assert.Equal(1, fake.Stores);
    }

    [Theory]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.DeadlineExceeded)]
    public async Task Other_failures_are_not_tried_again(StatusCode status)
    {
        var fake = new FakeCache { OnLookup = (_, _) => throw new RpcException(new Status(status, "no")) };
        await using var peer = await PeerAsync(fake);
        await using var service = await CallerOfAsync(peer);

        Assert.Equal(status, await StatusOfAsync(ClientOf(service).LookupAsync(new LookupRequest(), cancellationToken: Token)));
        Assert.Equal(1, fake.Lookups);
    }

    [Fact]
    public async Task A_service_that_nobody_runs_is_unavailable()
    {
        await using var service = await TestService.StartAsync(
            builder => builder.AddGrpcClientFor<CacheService.CacheServiceClient>("peer", Idempotent), settings: [("services:peer:grpc:0", "http://127.0.0.1:1")]);

        Assert.Equal(StatusCode.Unavailable, await StatusOfAsync(ClientOf(service).LookupAsync(new LookupRequest(), cancellationToken: Token)));
    }

    [Fact]
    public async Task The_deadline_of_a_call_travels_with_the_calls_that_it_makes()
    {
        var seen = new TaskCompletionSource<DateTime>();
        var fake = new FakeCache
        {
            OnLookup = (_, context) =>
            {
                seen.TrySetResult(context.Deadline);
                return Task.FromResult(new LookupResponse());
            },
        };
        await using var last = await PeerAsync(fake);
        await using var middle = await RelayToAsync(last);
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(40);

        await middle.Client().LookupAsync(new LookupRequest(), deadline: deadline, cancellationToken: Token);

        // Each hop sends what is left, in whole milliseconds at best: the deadline wanders by the time on the way.
        Assert.InRange((await seen.Task - deadline).TotalSeconds, -10, 10);
    }

    [Fact]
    public async Task A_caller_that_leaves_ends_the_calls_that_were_made_for_it()
    {
        var reached = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        var fake = new FakeCache
        {
            OnLookup = async (_, context) =>
            {
                context.CancellationToken.Register(() => ended.TrySetResult());
                reached.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                return new LookupResponse();
            },
        };
        await using var last = await PeerAsync(fake);
        await using var middle = await RelayToAsync(last);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var call = middle.Client().LookupAsync(new LookupRequest(), cancellationToken: source.Token);
        await reached.Task.WaitAsync(Token);

        await source.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, await StatusOfAsync(call));
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task What_a_service_says_to_callers_arrives_with_its_code()
    {
        var error = ServiceError.Invalid("key", "key is missing.") with { RetryAfter = TimeSpan.FromSeconds(2) };
        await using var peer = await PeerAsync(new FakeCache { OnLookup = (_, _) => throw error.ToException() });
        await using var service = await CallerOfAsync(peer);

        var exception = await Assert.ThrowsAsync<RpcException>(() => ClientOf(service).LookupAsync(new LookupRequest(), cancellationToken: Token).ResponseAsync);

        Assert.Equal(error, ServiceError.From(exception));
    }

    [Fact]
    public async Task What_a_service_did_not_mean_to_say_stays_inside()
    {
        await using var peer = await PeerAsync(new FakeCache { OnLookup = (_, _) => throw new InvalidOperationException("password=hunter2") });
        await using var service = await CallerOfAsync(peer);

        var exception = await Assert.ThrowsAsync<RpcException>(() => ClientOf(service).LookupAsync(new LookupRequest(), cancellationToken: Token).ResponseAsync);

        Assert.DoesNotContain("hunter2", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_name_of_another_form_is_refused() =>
        Assert.Throws<ArgumentException>(() => TestService.Builder().AddGrpcClientFor<CacheService.CacheServiceClient>("peer", "Lookup"));

    private static Task<TestService> PeerAsync(FakeCache fake) =>
        TestService.StartAsync(builder => builder.Services.AddSingleton(fake), app => app.MapGrpcService<FakeCache>());

    private static Task<TestService> CallerOfAsync(TestService peer) => TestService.StartAsync(
        builder => builder.AddGrpcClientFor<CacheService.CacheServiceClient>("peer", Idempotent), settings: [("services:peer:grpc:0", peer.GrpcAddress.ToString())]);

    private static Task<TestService> RelayToAsync(TestService peer) => TestService.StartAsync(
        builder => builder.AddGrpcClientFor<CacheService.CacheServiceClient>("peer", Idempotent),
        app => app.MapGrpcService<RelayCache>(),
        ("services:peer:grpc:0", peer.GrpcAddress.ToString()));

    private static CacheService.CacheServiceClient ClientOf(TestService service) => service.Services.GetRequiredService<CacheService.CacheServiceClient>();

    private static async Task<StatusCode> StatusOfAsync<T>(AsyncUnaryCall<T> call) => (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode;
}
