namespace Slipway.Testing;

/// <summary>Closes what may hang at it.</summary>
public static class Closing
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Closes a Garnet of this process, and leaves it behind if that takes long: it stops listening at once, then waits without end for connections whose end it missed
    /// (https://github.com/microsoft/garnet/pull/1631).
    /// </summary>
    public static void Close(IDisposable garnet)
    {
        var closing = Task.Factory.StartNew(garnet.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        closing.Wait(Limit);
    }
}
