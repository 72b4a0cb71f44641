using System.Collections.Frozen;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Routing;

/// <summary>
/// Takes a call to the models of its route in their order, each within its turn, until one answers. What no other model can mend ends it at once: a wrong request, and a
/// content filter's refusal. A prompt that was too long goes on only to a larger window; a request that ends with the assistant's words only to a model that takes them.
/// </summary>
internal sealed class Router<TRequest, TReply>(FrozenDictionary<string, IModel<TRequest, TReply>> models, Operation<TRequest, TReply> operation, TimeProvider time) : IModel<TRequest, TReply>
{
    /// <inheritdoc />
    public async Task<TReply> CallAsync(TRequest request, ModelCall call)
    {
        ModelException? failure = null;
        var tooSmall = 0;
        for (var i = 0; i < call.Route.Count; i++)
        {
            var model = call.Route[i];
            if (i > 0 && !MayTake(model)) continue;
            call.HasAlternative = false;
            for (var later = i + 1; later < call.Route.Count && !call.HasAlternative; later++) call.HasAlternative = MayTake(call.Route[later]);
            call.Until = Turns.End(call, i, time.GetUtcNow());
            if (call.HasAlternative && call.Until <= time.GetUtcNow()) continue;
            try
            {
                return await models[model.Name].CallAsync(request, call);
            }
            catch (ModelException exception) when (exception.Kind.MayFallBack() && call.HasAlternative)
            {
                failure = exception;
                if (exception.Kind == FailureKind.ContextLength) tooSmall = Math.Max(tooSmall, model.Entry.ContextWindow);
            }
        }

        throw failure ?? TimedModel.Late(TimeSpan.Zero);

        bool MayTake(CatalogModel model) => model.Entry.ContextWindow > tooSmall && operation.MayTake(request, model);
    }
}

/// <summary>How the time of a call is shared between the models of its route.</summary>
internal static class Turns
{
    /// <summary>The part of the time that a model gets when another one, not only quoting, comes after it.</summary>
    private const double ShareBeforeAnother = 0.6;

    /// <summary>What a model that only quotes needs.</summary>
    private static readonly TimeSpan ForExtractive = TimeSpan.FromMilliseconds(100);

    /// <summary>When the turn of the model at <paramref name="index"/> is over. A call without a deadline gives each model its provider's limit.</summary>
    public static DateTimeOffset End(ModelCall call, int index, DateTimeOffset now)
    {
        var route = call.Route;
        var left = call.Deadline == DateTimeOffset.MaxValue ? route[index].Provider.Timeout : call.Deadline - now;
        var another = false;
        for (var later = index + 1; later < route.Count; later++)
        {
            if (route[later].Provider.IsExtractive) left -= ForExtractive;
            else another = true;
        }

        return now + (another ? left * ShareBeforeAnother : left);
    }
}
