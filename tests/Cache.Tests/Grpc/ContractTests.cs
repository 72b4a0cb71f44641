using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Slipway.Cache.Tests.Support;
using Slipway.Contracts;

namespace Slipway.Cache.Tests.Grpc;

public sealed class ContractTests : IAsyncLifetime
{
    private CacheReplica _replica = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replica = await CacheReplica.StartAsync();

    public ValueTask DisposeAsync() => _replica.DisposeAsync();

    public static TheoryData<string> BadKeys => ["key", "key.tier", "key.scope", "key.scope.tenant", "key.question"];

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task An_incomplete_key_is_refused_by_name(string param)
    {
        var key = Calls.Key(Calls.NewTenant());
        switch (param)
        {
            case "key": key = null; break;
            case "key.tier": key.Tier = CacheTier.Unspecified; break;
            case "key.scope": key.Scope = null; break;
            case "key.scope.tenant": key.Scope.Tenant = ""; break;
            case "key.question": key.Question = " \n"; break;
        }

        var calls = new Func<Task>[]
        {
            () => _replica.Client.LookupAsync(new LookupRequest { Key = key }, cancellationToken: Token).ResponseAsync,
            () => _replica.Client.StoreAsync(new StoreRequest { Key = key, Value = ByteString.CopyFromUtf8("x") }, cancellationToken: Token).ResponseAsync,
            () => _replica.Client.AbandonAsync(new AbandonRequest { Key = key, Lease = "x" }, cancellationToken: Token).ResponseAsync,
        };
        foreach (var call in calls)
        {
            var exception = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
            Assert.Equal(param, ServiceError.From(exception)!.Param);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public async Task A_purge_needs_a_tenant(int length)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(() => _replica.PurgeAsync(new string('t', length)));
        Assert.Equal("tenant", ServiceError.From(exception)!.Param);
    }

    [Fact]
    public async Task A_stranger_gets_nothing()
    {
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpClient = _replica.Http });
        var stranger = new CacheService.CacheServiceClient(channel);

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => stranger.LookupAsync(new LookupRequest { Key = Calls.Key("t") }, cancellationToken: Token).ResponseAsync);

        Assert.Equal(StatusCode.Unauthenticated, exception.StatusCode);
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        var key = Calls.Key(Calls.NewTenant());
        Assert.True(await _replica.StoreAsync(key, ""));
        Assert.True((await _replica.LookupAsync(key)).Hit);
    }
}
