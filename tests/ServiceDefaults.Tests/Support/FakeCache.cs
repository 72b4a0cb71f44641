using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.ServiceDefaults.Tests.Support;

/// <summary>A gRPC service that does what a test says. It stands for any service: the contract is only borrowed.</summary>
internal sealed class FakeCache : CacheService.CacheServiceBase
{
    private int _lookups;
    private int _stores;

    internal Func<int, ServerCallContext, Task<LookupResponse>> OnLookup { get; init; } = (_, _) => Task.FromResult(new LookupResponse());

    internal Func<int, ServerCallContext, Task<StoreResponse>> OnStore { get; init; } = (_, _) => Task.FromResult(new StoreResponse());

    internal int Lookups => _lookups;

    internal int Stores => _stores;

    public override Task<LookupResponse> Lookup(LookupRequest request, ServerCallContext context) => OnLookup(Interlocked.Increment(ref _lookups), context);

    public override Task<StoreResponse> Store(StoreRequest request, ServerCallContext context) => OnStore(Interlocked.Increment(ref _stores), context);

    internal static RpcException Unavailable() => new(new Status(StatusCode.Unavailable, "away"));
}
