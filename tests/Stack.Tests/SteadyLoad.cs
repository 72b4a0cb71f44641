namespace Slipway.Stack.Tests;

/// <summary>Asks new questions at a steady rate, whatever is still unanswered, and keeps what came back.</summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stopping;
    private readonly HttpClient _client;
    private readonly Lock _gate = new();
    private readonly List<Task> _asked = [];
    private readonly List<Reply> _failed = [];
    private readonly List<(Func<Reply, bool> Wanted, TaskCompletionSource Found)> _waiting = [];
    private readonly Task _running;
    private int _answered;

    public SteadyLoad(HttpClient client, CancellationToken cancellationToken)
    {
        _client = client;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running = RunAsync();
    }

    /// <summary>Completes with the next answer to a question that is asked from now on, if it is as wanted, or with one after it.</summary>
    public Task NextAsync(Func<Reply, bool> wanted, string what, TimeSpan limit)
    {
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) _waiting.Add((wanted, found));
        return WaitAsync();

        async Task WaitAsync()
        {
            try
            {
                await found.Task.WaitAsync(limit, _stopping.Token);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"{what} did not happen within {limit}.");
            }
        }
    }

    /// <summary>Stops asking, waits for the last answer, and tells how many there were and which were none.</summary>
    public async Task<(int Answered, IReadOnlyList<Reply> Failed)> EndAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await Task.WhenAll(_asked);
        return (_answered, _failed);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Pause);
        try
        {
            for (var n = 0; await timer.WaitForNextTickAsync(_stopping.Token); n++) _asked.Add(AskAsync(n));
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private async Task AskAsync(int n)
    {
        var reply = await _client.AnswerAsync($"What happens to a release when a process dies? ({n})", CancellationToken.None, fresh: true);
        lock (_gate)
        {
            _answered++;
            if (reply.Status != 200) _failed.Add(reply);
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (!_waiting[i].Wanted(reply)) continue;
                _waiting[i].Found.TrySetResult();
                _waiting.RemoveAt(i);
            }
        }
    }
}
