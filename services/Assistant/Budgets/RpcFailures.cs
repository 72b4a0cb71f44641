using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Assistant.Budgets;

internal static class RpcFailures
{
    /// <summary>
    /// Whether another rung may be tried: the callee is away, late, overloaded, or lacks what the release names (a model, a prompt, a valid provider key), which is
    /// no fault of the caller. A refusal of the request itself is not recoverable: too long, malformed, or filtered by the provider.
    /// </summary>
    public static bool IsRecoverable(this RpcException exception) =>
        exception.StatusCode is not (StatusCode.InvalidArgument or StatusCode.OutOfRange) && ServiceError.From(exception)?.Code is not "content_filter";
}
