using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Limits;

/// <summary>Lets a call through when the model's limits allow it. Tokens are estimated before the call, and settled after it.</summary>
internal sealed class LimitedModel<TRequest, TReply>(IModel<TRequest, TReply> inner, ModelLimits limits, CatalogModel model, Operation<TRequest, TReply> operation) : IModel<TRequest, TReply>
{
    /// <inheritdoc />
    public async Task<TReply> CallAsync(TRequest request, ModelCall call)
    {
        var lease = limits.Acquire(model.Name, limits.CountsTokens ? operation.Estimate(request, model) : 0);
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
