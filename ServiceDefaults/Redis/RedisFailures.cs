using System.Net.Sockets;
using StackExchange.Redis;

namespace Slipway.ServiceDefaults.Redis;

/// <summary>How a command to Redis fails.</summary>
public static class RedisFailures
{
    /// <summary>
    /// Whether a command failed with this because of Redis or the way to it. Beside the client's own exceptions, a command that was under way when its connection ended is cancelled, or gets
    /// what the reading of that connection met: an <see cref="InvalidOperationException"/> of its pipe, for example (https://github.com/StackExchange/StackExchange.Redis/issues/3085).
    /// A caller's own cancellation is to be told apart first.
    /// </summary>
    /// <param name="exception">What the command threw.</param>
    public static bool IsOfRedis(Exception exception) =>
        exception is RedisException or TimeoutException or InvalidOperationException or OperationCanceledException or IOException or SocketException;
}
