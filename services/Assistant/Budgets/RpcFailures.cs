using Grpc.Core;

namespace Slipway.Assistant.Budgets;

internal static class RpcFailures
{
    /// <summary>Whether another rung may be tried: the callee is away, late or overloaded. A refusal of the request itself is not.</summary>
    public static bool IsRecoverable(this RpcException exception) => exception.StatusCode is
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Unknown or StatusCode.ResourceExhausted
        or StatusCode.Aborted or StatusCode.Unauthenticated or StatusCode.Unimplemented or StatusCode.DataLoss or StatusCode.Cancelled;
}
