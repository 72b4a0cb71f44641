using Grpc.Core;

namespace Slipway.Assistant.Tests.Fakes;

/// <summary>One call as a fake saw it.</summary>
/// <param name="Request">The message.</param>
/// <param name="Allowed">What the deadline left when the call arrived; null without a deadline.</param>
/// <param name="Deadline">The deadline, UTC; <see cref="DateTime.MaxValue"/> without one.</param>
/// <param name="Cancelled">Fires when the caller gives up.</param>
/// <param name="Headers">The metadata.</param>
public sealed record Call<T>(T Request, TimeSpan? Allowed, DateTime Deadline, CancellationToken Cancelled, Metadata Headers);

/// <summary>The calls of one method, in order, and a signal for those still to come.</summary>
public sealed class Calls<T>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<Call<T>> _calls = [];
    private TaskCompletionSource _more = New();

    public IReadOnlyList<Call<T>> All
    {
        get
        {
            lock (_gate) return [.. _calls];
        }
    }

    public IEnumerable<T> Requests => All.Select(call => call.Request);

    public void Add(T request, ServerCallContext context)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        TimeSpan? allowed = context.Deadline == DateTime.MaxValue ? null : context.Deadline - now;
        TaskCompletionSource waiting;
        lock (_gate)
        {
            _calls.Add(new Call<T>(request, allowed, context.Deadline, context.CancellationToken, context.RequestHeaders));
            waiting = _more;
            _more = New();
        }

        waiting.SetResult();
    }

    public void Clear()
    {
        lock (_gate) _calls.Clear();
    }

    /// <summary>The first call that fits: one that came already, or the next one that does.</summary>
    public async Task<Call<T>> FirstAsync(Func<T, bool> fits)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_calls.Find(call => fits(call.Request)) is { } found) return found;
                more = _more.Task;
            }

            await more.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>What fakes do when they do not answer.</summary>
public static class Failing
{
    public static RpcException With(StatusCode status) => new(new Status(status, "fake-internal-detail at /srv/secret-host:1234"));

    /// <summary>Answers nothing until the caller gives up or its deadline passes.</summary>
    public static async Task<T> Never<T>(ServerCallContext context)
    {
        await Task.Delay(Timeout.Infinite, context.CancellationToken);
        throw new InvalidOperationException("unreachable");
    }
}
