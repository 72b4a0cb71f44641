using System.Runtime.CompilerServices;
using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.ModelBroker.Models;

/// <summary>
/// Ends a call that takes longer than the limit, and a stream that is silent for longer. The caller's own deadline usually comes first; this is for callers
/// without one, and for providers that keep a connection open and say nothing.
/// </summary>
internal sealed class TimeLimitedModel(IChatModel inner, TimeSpan limit, TimeProvider time) : IChatModel
{
    /// <inheritdoc />
    public async Task<CompleteResponse> CompleteAsync(CompleteRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await inner.CompleteAsync(request, both.Token);
        }
        catch (Exception exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw TimedOut(exception);
        }
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        await using var events = inner.StreamAsync(request, both.Token).GetAsyncEnumerator(both.Token);
        while (true)
        {
            try
            {
                if (!await events.MoveNextAsync()) yield break;
            }
            catch (Exception exception) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw TimedOut(exception);
            }

            // The reader's own pace does not count.
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
            yield return events.Current;
            silence.CancelAfter(limit);
        }
    }

    private ModelException TimedOut(Exception exception) =>
        new(new ServiceError(StatusCode.DeadlineExceeded, "upstream_timeout", $"The model did not answer within {limit.TotalSeconds:0} s."), exception);
}
