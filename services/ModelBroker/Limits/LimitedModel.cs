using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Limits;

/// <summary>
/// Lets a call through when the model's limits allow it. Tokens are estimated before the call, and settled after it. While another model may answer, nobody waits.
/// A model without limits costs nothing here.
/// </summary>
internal sealed class LimitedModel<TRequest, TReply>(IModel<TRequest, TReply> inner, Limiter limiter, CatalogModel model, Operation<TRequest, TReply> operation) : IModel<TRequest, TReply>
{
    /// <inheritdoc />
    public Task<TReply> CallAsync(TRequest request, ModelCall call) => limiter.IsNone
        ? inner.CallAsync(request, call)
        : Limited.CallAsync(inner, request, call, limiter, limiter.CountsTokens ? operation.Estimate(request, model) : 0, call.HasAlternative ? DateTimeOffset.MinValue : call.Until, operation);
}

/// <summary>Holds each tenant to its limits, whichever models answer: once for a call, however many attempts it takes.</summary>
internal sealed class TenantLimitedModel<TRequest, TReply>(IModel<TRequest, TReply> inner, TenantLimits tenants, Operation<TRequest, TReply> operation) : IModel<TRequest, TReply>
{
    /// <inheritdoc />
    public Task<TReply> CallAsync(TRequest request, ModelCall call) => tenants.Of(call.Tenant) is not { } limiter
        ? inner.CallAsync(request, call)
        : Limited.CallAsync(inner, request, call, limiter, limiter.CountsTokens ? operation.Estimate(request, call.Route[0]) : 0, call.Deadline, operation);
}

internal static class Limited
{
    public static async Task<TReply> CallAsync<TRequest, TReply>(
        IModel<TRequest, TReply> inner, TRequest request, ModelCall call, Limiter limiter, long tokens, DateTimeOffset until, Operation<TRequest, TReply> operation)
    {
        var lease = await limiter.AcquireAsync(tokens, until, call.Background, call.Cancellation);
        TReply reply;
        try
        {
            reply = await inner.CallAsync(request, call);
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        operation.OnEnd(reply, ending =>
        {
            if (ending.Usage is { } usage) lease.Settle(usage);
            lease.Dispose();
        });
        return reply;
    }
}
