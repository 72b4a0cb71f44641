using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.ServiceDefaults.Tests.Support;

/// <summary>A service in the middle: it asks the next one, and passes nothing on by itself.</summary>
internal sealed class RelayCache(CacheService.CacheServiceClient next) : CacheService.CacheServiceBase
{
    public override async Task<LookupResponse> Lookup(LookupRequest request, ServerCallContext context) => await next.LookupAsync(request);
}
