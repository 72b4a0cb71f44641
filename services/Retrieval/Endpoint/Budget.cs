namespace Slipway.Retrieval.Endpoint;

/// <summary>An amount that one taker takes from and gives back to. What is larger than all of it is given when nothing else is out.</summary>
internal sealed class Budget
{
    private readonly long _amount;
    private readonly Lock _gate = new();
    private long _left;
    private TaskCompletionSource? _waiting;

    /// <param name="amount">All of it.</param>
    public Budget(long amount) => _amount = _left = amount;

    /// <summary>Takes, waiting until there is enough.</summary>
    public async ValueTask TakeAsync(long wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            TaskCompletionSource waiting;
            lock (_gate)
            {
                if (_left >= wanted || _left == _amount)
                {
                    _left -= wanted;
                    return;
                }

                waiting = _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            await waiting.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gives back.</summary>
    public void Return(long taken)
    {
        lock (_gate)
        {
            _left += taken;
            _waiting?.TrySetResult();
            _waiting = null;
        }
    }
}
