namespace Slipway.Control.Watching;

/// <summary>A value that changes now and then, and its followers: each sees the newest value at once and after each change, never an old one again.</summary>
/// <typeparam name="T">The value: immutable.</typeparam>
internal sealed class Published<T>
    where T : class
{
    private State _state = new(null);

    /// <summary>The newest value, or null before the first.</summary>
    public T? Current => Volatile.Read(ref _state).Value;

    /// <summary>Replaces the value and wakes the followers.</summary>
    public void Publish(T value) => Interlocked.Exchange(ref _state, new State(value)).Changed.TrySetResult();

    /// <summary>The newest value now and after each change, until cancelled. A slow follower skips what was replaced meanwhile.</summary>
    public async IAsyncEnumerable<T> FollowAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state.Value is { } value) yield return value;
            await state.Changed.Task.WaitAsync(cancellationToken);
        }
    }

    private sealed class State(T? value)
    {
        public T? Value { get; } = value;

        public TaskCompletionSource Changed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
