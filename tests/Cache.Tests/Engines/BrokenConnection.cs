using System.Reflection;
using StackExchange.Redis;

namespace Slipway.Cache.Tests.Engines;

/// <summary>A connection to Redis, or a database of it, whose commands fail in the way of the client library where a connection ends while it is read, until they are mended; then each answers with nothing.</summary>
public class BrokenConnection : DispatchProxy
{
    private static readonly MethodInfo Fail = typeof(BrokenConnection).GetMethod(nameof(FailAsync), BindingFlags.NonPublic | BindingFlags.Static)!;

    private State _state = null!;

    /// <summary>The ways in which a command fails.</summary>
    public static TheoryData<Type> Failures => [typeof(InvalidOperationException), typeof(TaskCanceledException), typeof(IOException), typeof(ObjectDisposedException)];

    /// <summary>A connection that fails with this exception.</summary>
    internal static (IConnectionMultiplexer Connection, State State) With(Type failure)
    {
        var state = new State { Failure = failure == typeof(ObjectDisposedException) ? new ObjectDisposedException("connection") : (Exception)Activator.CreateInstance(failure)! };
        return (Make<IConnectionMultiplexer>(state), state);
    }

    /// <inheritdoc />
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var type = targetMethod!.ReturnType;
        if (type == typeof(IDatabase)) return Make<IDatabase>(_state);
        if (targetMethod.Name == "get_" + nameof(IConnectionMultiplexer.IsConnected)) return true;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(Task<>)) throw new NotSupportedException(targetMethod.Name);
        _state.Asked.TrySetResult();
        return Fail.MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [_state.Failure]);
    }

    private static Task<T?> FailAsync<T>(Exception? failure) => failure is null ? Task.FromResult<T?>(default) : Task.FromException<T?>(failure);

    private static T Make<T>(State state)
        where T : class
    {
        var made = Create<T, BrokenConnection>();
        ((BrokenConnection)(object)made)._state = state;
        return made;
    }

    internal sealed class State
    {
        private volatile Exception? _failure;

        /// <summary>What commands fail with; null when they are mended.</summary>
        public Exception? Failure
        {
            get => _failure;
            set => _failure = value;
        }

        /// <summary>Completes with the first command.</summary>
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
