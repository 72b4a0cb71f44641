using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Limits;

/// <summary>
/// The limits of one model in this replica: requests and tokens in any 60 s, and calls at once. A call that does not fit is refused at once with the time
/// after which it would: the caller has other models, and a queue would only hide that.
/// </summary>
internal sealed class ModelLimits(ModelEntry entry, TimeProvider time)
{
    /// <summary>When a place among the calls at once may be free again is unknown; a second is about a short answer.</summary>
    private static readonly TimeSpan WaitForPlace = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SlidingWindow? _requests = entry.Rpm is { } rpm ? new SlidingWindow(rpm) : null;
    private readonly SlidingWindow? _tokens = entry.Tpm is { } tpm ? new SlidingWindow(tpm) : null;
    private int _running;

    /// <summary>Whether tokens count, so that they have to be estimated.</summary>
    public bool CountsTokens => _tokens is not null;

    /// <summary>Takes a place; disposing gives it back.</summary>
    /// <param name="model">The model's name, for the refusal.</param>
    /// <param name="tokens">The estimate of prompt and answer together.</param>
    /// <exception cref="ModelException">A limit is reached.</exception>
    public Lease Acquire(string model, long tokens)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (entry.MaxConcurrency is { } most && _running >= most) throw Refused(model, $"{most} calls at once", WaitForPlace);
            if (_requests?.WaitFor(1, now) is { Ticks: > 0 } forRequest) throw Refused(model, $"{entry.Rpm} requests per minute", forRequest);
            if (_tokens?.WaitFor(tokens, now) is { Ticks: > 0 } forTokens) throw Refused(model, $"{entry.Tpm} tokens per minute", forTokens);
            _running++;
            _requests?.Take(1, now);
            return new Lease(this, _tokens?.Take(tokens, now));
        }
    }

    private static ModelException Refused(string model, string limit, TimeSpan wait) =>
        new(FailureKind.Limited, new ServiceError(StatusCode.ResourceExhausted, "rate_limit_exceeded", $"The model '{model}' has reached its limit of {limit}.", RetryAfter: wait));

    /// <summary>A place among the calls.</summary>
    internal sealed class Lease(ModelLimits limits, SlidingWindow.Taken? tokens) : IDisposable
    {
        private bool _returned;

        /// <summary>Replaces the estimate by what was used.</summary>
        public void Settle(Usage usage)
        {
            if (tokens is null) return;
            lock (limits._gate) limits._tokens!.Settle(tokens, usage.PromptTokens + usage.CompletionTokens);
        }

        public void Dispose()
        {
            lock (limits._gate)
            {
                if (_returned) return;
                _returned = true;
                limits._running--;
            }
        }
    }
}
