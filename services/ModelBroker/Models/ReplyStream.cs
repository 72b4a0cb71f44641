using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Models;

/// <summary>
/// An answer that has begun: its first event is there. What the call holds (a place among the calls at once, the breaker's probe) is given back when it ends or is
/// disposed of. No piece is waited for longer than the limit; the reader's own pace does not count.
/// </summary>
internal sealed class ReplyStream : IAsyncDisposable
{
    private readonly IAsyncEnumerator<CompleteEvent> _events;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenRegistration _caller;
    private readonly CancellationToken _cancellation;
    private readonly TimeSpan _limit;
    private Action<Ending>? _end;
    private Ending _ending;
    private bool _disposed;

    private ReplyStream(IChatModel provider, CompleteRequest request, CatalogModel model, TimeSpan limit, ModelCall call, TimeProvider time)
    {
        Model = model;
        _limit = limit;
        _cancellation = call.Cancellation;
        _silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _caller = _cancellation.UnsafeRegister(static silence => ((CancellationTokenSource)silence!).Cancel(), _silence);
        _events = provider.StreamAsync(request, _silence.Token).GetAsyncEnumerator(_silence.Token);
    }

    /// <summary>Who answers.</summary>
    public CatalogModel Model { get; }

    /// <summary>The event that was read last.</summary>
    public CompleteEvent Current => _events.Current;

    /// <summary>Calls, and waits for the first event.</summary>
    /// <param name="provider">Who is called.</param>
    /// <param name="request">The request.</param>
    /// <param name="model">The provider's model.</param>
    /// <param name="first">How long the first event is waited for.</param>
    /// <param name="next">How long each later event is waited for.</param>
    /// <param name="call">The call.</param>
    /// <param name="time">The clock.</param>
    public static async Task<ReplyStream> OpenAsync(IChatModel provider, CompleteRequest request, CatalogModel model, TimeSpan first, TimeSpan next, ModelCall call, TimeProvider time)
    {
        var stream = new ReplyStream(provider, request, model, next, call, time);
        try
        {
            if (await stream.MoveNextAsync(first)) return stream;
            throw Providers.ProviderFailures.Cut();
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads on; false after the completed event.</summary>
    public ValueTask<bool> MoveNextAsync() => MoveNextAsync(_limit);

    /// <summary>Is told once how the stream ended.</summary>
    public void OnEnd(Action<Ending> end) => _end += end;

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _silence.CancelAsync();
        try
        {
            await _events.DisposeAsync();
        }
        finally
        {
            await _caller.DisposeAsync();
            _silence.Dispose();
            Interlocked.Exchange(ref _end, null)?.Invoke(_ending);
        }
    }

    private async ValueTask<bool> MoveNextAsync(TimeSpan limit)
    {
        try
        {
            var next = _events.MoveNextAsync();
            bool more;
            if (next.IsCompleted)
            {
                more = await next;
            }
            else
            {
                _silence.CancelAfter(limit);
                more = await next;
                _silence.CancelAfter(Timeout.InfiniteTimeSpan);
            }

            if (more && Current.Completed is { } completed) _ending = new Ending(completed.Usage, null);
            return more;
        }
        catch (Exception exception) when (!_cancellation.IsCancellationRequested)
        {
            var failure = exception as ModelException;
            if (_silence.IsCancellationRequested) failure = TimedModel.Late(limit, exception);
            if (failure is null) throw;
            _ending = new Ending(null, failure);
            if (failure == exception) throw;
            throw failure;
        }
    }
}
