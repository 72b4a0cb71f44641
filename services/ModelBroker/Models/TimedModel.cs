using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Models;

/// <summary>Ends a call that takes longer than its turn or than the provider's limit.</summary>
/// <param name="model">The model.</param>
/// <param name="provider">Calls the provider.</param>
/// <param name="time">The clock.</param>
internal sealed class TimedModel<TRequest, TReply>(CatalogModel model, Func<TRequest, CancellationToken, Task<TReply>> provider, TimeProvider time) : IModel<TRequest, TReply>
{
    /// <inheritdoc />
    public async Task<TReply> CallAsync(TRequest request, ModelCall call)
    {
        var limit = TimedModel.Limit(call, model.Provider.Timeout, time);
        using var late = new CancellationTokenSource(limit, time);
        await using var caller = call.Cancellation.UnsafeRegister(static late => ((CancellationTokenSource)late!).Cancel(), late);
        try
        {
            return await provider(request, late.Token);
        }
        catch (Exception exception) when (late.IsCancellationRequested && !call.Cancellation.IsCancellationRequested)
        {
            throw TimedModel.Late(limit, exception);
        }
    }
}

/// <summary>
/// Begins a streamed answer: its first event within the limit for first events, each later one within the limit for silence. A provider that is slow to its first
/// token is left at that limit, so that somebody else still has time to answer.
/// </summary>
internal sealed class StreamOpener(CatalogModel model, IChatModel provider, TimeProvider time) : IModel<CompleteRequest, ReplyStream>
{
    /// <inheritdoc />
    public Task<ReplyStream> CallAsync(CompleteRequest request, ModelCall call)
    {
        var silence = model.FirstToken ?? model.Provider.Timeout;
        return ReplyStream.OpenAsync(provider, request, model, TimedModel.Limit(call, silence, time), silence, call, time);
    }
}

internal static class TimedModel
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>How long an attempt may take: until the model's turn is over, and no longer than its own limit.</summary>
    public static TimeSpan Limit(ModelCall call, TimeSpan own, TimeProvider time)
    {
        if (call.Until == DateTimeOffset.MaxValue) return own;
        var left = call.Until - time.GetUtcNow();
        return left < Shortest ? Shortest : left < own ? left : own;
    }

    /// <summary>Silence until the limit.</summary>
    public static ModelException Late(TimeSpan limit, Exception? cause = null) =>
        new(FailureKind.Timeout, new ServiceError(StatusCode.DeadlineExceeded, "upstream_timeout", $"The model did not answer within {limit.TotalSeconds:0.###} s."), cause);
}
