using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Routing;

/// <summary>
/// Tries one model again where that helps, and only while the wait fits into the model's turn:
/// <list type="bullet">
/// <item>a 5xx, a reset or an answer that cannot be read: once more, after up to 100 ms;</item>
/// <item>a rate limit: when the provider says so, else with exponential back-off from 500 ms; not while another model may answer instead, unless the wait is short;</item>
/// <item>silence, refused credentials, a used-up quota and everything else: never.</item>
/// </list>
/// The limits are inside, so that each attempt counts.
/// </summary>
internal sealed class RetryingModel<TRequest, TReply>(IModel<TRequest, TReply> inner, CatalogModel model, BackOff backOff, TimeProvider time) : IModel<TRequest, TReply>
{
    private const int MostAttempts = 5;

    private static readonly TimeSpan AfterTransient = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AfterRateLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc />
    public async Task<TReply> CallAsync(TRequest request, ModelCall call)
    {
        var illnesses = 0;
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan wait;
            try
            {
                var reply = await inner.CallAsync(request, call);
                Attempts.Note(call, model, "ok");
                return reply;
            }
            catch (ModelException failure)
            {
                Attempts.Note(call, model, failure.Kind.Name());
                if (failure.Kind.IsIllness()) illnesses++;
                if (Wait(failure, attempt, illnesses, call) is not { } found) throw;
                wait = found;
            }
            catch (OperationCanceledException)
            {
                Attempts.Note(call, model, "abandoned");
                throw;
            }

            // A timer may fire a moment before the clock says so.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds) + 1), time, call.Cancellation);
        }
    }

    /// <summary>How long to wait before another attempt; null: there is none.</summary>
    private TimeSpan? Wait(ModelException failure, int attempt, int illnesses, ModelCall call)
    {
        TimeSpan wait;
        switch (failure.Kind)
        {
            case FailureKind.Transient when illnesses == 1:
            case FailureKind.Cut when illnesses == 1 && !call.HasAlternative:
                wait = failure.Error.RetryAfter ?? backOff.Wait(AfterTransient, attempt);
                break;
            case FailureKind.RateLimited or FailureKind.CoolingDown when attempt < MostAttempts && (!call.HasAlternative || failure.Error.RetryAfter is not null):
                wait = failure.Error.RetryAfter ?? backOff.Wait(AfterRateLimit, attempt);
                break;
            default:
                return null;
        }

        if (call.HasAlternative && wait > Short) return null;
        return time.GetUtcNow() + wait < call.Until ? wait : null;
    }
}
