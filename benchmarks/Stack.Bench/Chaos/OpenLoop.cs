using System.Diagnostics;

namespace Slipway.Stack.Bench.Chaos;

/// <summary>What came back for one request.</summary>
/// <param name="Due">When it was to be sent, on the load's clock.</param>
/// <param name="Done">When its answer had arrived whole.</param>
/// <param name="Status">The HTTP status; 0 where there was none.</param>
/// <param name="Degraded">The header <c>x-slipway-degraded</c>.</param>
internal readonly record struct Answer(TimeSpan Due, TimeSpan Done, int Status, string Degraded)
{
    public bool Failed => Status != 200;

    public bool Keyword => Degraded.Contains("retrieval=keyword", StringComparison.Ordinal);

    public bool Hybrid => Status == 200 && !Degraded.Contains("retrieval=", StringComparison.Ordinal);

    /// <summary>From the moment when it was to be sent: what a request waited for its turn counts as well.</summary>
    public TimeSpan Latency => Done - Due;
}

/// <summary>
/// An open loop: a request is sent each time that one is due, however many have not been answered yet, and its latency counts from when it was due. So a pause of the server, or of this
/// process, is seen by every request that fell into it (no coordinated omission).
/// </summary>
internal sealed class OpenLoop : IAsyncDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1) }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly CancellationTokenSource _stopping = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _gate = new();
    private readonly List<Answer> _answers = [];
    private readonly List<(Func<Answer, bool> Wanted, TaskCompletionSource<Answer> Found)> _waiting = [];
    private readonly List<Task> _underWay = [];
    private readonly Func<int, HttpRequestMessage> _request;
    private readonly Task _running;

    public OpenLoop(int perSecond, Func<int, HttpRequestMessage> request)
    {
        _request = request;
        _running = Task.Run(() => RunAsync(perSecond));
    }

    public TimeSpan Now => _clock.Elapsed;

    /// <summary>The first answer from now on that is as wanted.</summary>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    public Task<Answer> FirstAsync(Func<Answer, bool> wanted, TimeSpan limit)
    {
        var found = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) _waiting.Add((wanted, found));
        return found.Task.WaitAsync(limit);
    }

    /// <summary>The answers to the requests that were due in a span of time which is over; waits for those that are still to come.</summary>
    public async Task<IReadOnlyList<Answer>> BetweenAsync(TimeSpan from, TimeSpan to)
    {
        Task[] underWay;
        lock (_gate) underWay = [.. _underWay];
        await Task.WhenAll(underWay);
        lock (_gate) return [.. _answers.Where(answer => answer.Due >= from && answer.Due < to)];
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await Task.WhenAll(_underWay);
        _client.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync(int perSecond)
    {
        try
        {
            for (var n = 0; ; n++)
            {
                var due = TimeSpan.FromSeconds((double)n / perSecond);
                if (due - _clock.Elapsed is var left && left > TimeSpan.Zero) await Task.Delay(left, _stopping.Token);
                _stopping.Token.ThrowIfCancellationRequested();
                var sent = SendAsync(n, due);
                lock (_gate)
                {
                    _underWay.RemoveAll(task => task.IsCompleted);
                    _underWay.Add(sent);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private async Task SendAsync(int n, TimeSpan due)
    {
        var (status, degraded) = (0, "");
        try
        {
            using var request = _request(n);
            using var response = await _client.SendAsync(request);
            (status, degraded) = ((int)response.StatusCode, response.Headers.TryGetValues("x-slipway-degraded", out var values) ? string.Join(", ", values) : "");
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            // Counted as failed.
        }

        Take(new Answer(due, _clock.Elapsed, status, degraded));
    }

    private void Take(Answer answer)
    {
        lock (_gate)
        {
            _answers.Add(answer);
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (!_waiting[i].Wanted(answer)) continue;
                _waiting[i].Found.TrySetResult(answer);
                _waiting.RemoveAt(i);
            }
        }
    }
}
