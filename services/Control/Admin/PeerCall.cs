using Grpc.Core;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Control.Admin;

/// <summary>Calls of other services that an admin waits for.</summary>
internal static class PeerCall
{
    /// <summary>The answer. What the service refuses it explains itself; when it says nothing it is away, which is a 503.</summary>
    /// <param name="call">The call.</param>
    /// <param name="code">The code when it is away.</param>
    /// <param name="service">The service, for people.</param>
    /// <param name="cancellationToken">The admin's own.</param>
    public static async Task<T> OrUnavailableAsync<T>(this AsyncUnaryCall<T> call, string code, string service, CancellationToken cancellationToken)
    {
        try
        {
            return await call;
        }
        catch (RpcException exception) when (ServiceError.From(exception) is null
            && exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal && !cancellationToken.IsCancellationRequested)
        {
            throw new ApiException(new ApiError(503, code, $"The {service} does not answer. Try again shortly.", RetryAfter: TimeSpan.FromSeconds(2)));
        }
    }
}
