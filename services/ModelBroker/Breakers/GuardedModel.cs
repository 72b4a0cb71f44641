using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Breakers;

/// <summary>Lets calls through while the model's breaker does, and tells it how they went.</summary>
internal sealed class GuardedModel<TRequest, TReply>(IModel<TRequest, TReply> inner, CatalogModel model, Breaker breaker, Operation<TRequest, TReply> operation) : IModel<TRequest, TReply>
{
    /// <inheritdoc />
    public async Task<TReply> CallAsync(TRequest request, ModelCall call)
    {
        var pass = breaker.Enter();
        if (!pass.Given) throw Refused(pass);
        TReply reply;
        try
        {
            reply = await inner.CallAsync(request, call);
        }
        catch (Exception exception)
        {
            Leave(pass, exception as ModelException);
            throw;
        }

        operation.OnEnd(reply, ending =>
        {
            if (ending.Usage is not null) breaker.Leave(pass, Outcome.Well);
            else Leave(pass, ending.Failure);
        });
        return reply;
    }

    private void Leave(Breaker.Pass pass, ModelException? failure)
    {
        // A refusal with reason is a sign of health.
        breaker.Leave(pass, failure switch
        {
            null or { Kind: FailureKind.Limited or FailureKind.RateLimited } => Outcome.Neutral,
            { Kind: var kind } => kind.IsIllness() ? Outcome.Ill : Outcome.Well,
        });
        if (failure is { Kind: FailureKind.RateLimited or FailureKind.Transient, Error.RetryAfter: { } wait }) breaker.CoolDown(wait);
    }

    private ModelException Refused(Breaker.Pass pass) => pass.Cooling
        ? new(FailureKind.CoolingDown, new ServiceError(StatusCode.ResourceExhausted, "rate_limit_exceeded", $"The provider limits the rate of the model '{model.Name}'.", RetryAfter: pass.Wait))
        : new(FailureKind.BreakerOpen, new ServiceError(StatusCode.Unavailable, "upstream_unavailable", $"The model '{model.Name}' has failed too often; it is tried again soon.", RetryAfter: pass.Wait));
}
