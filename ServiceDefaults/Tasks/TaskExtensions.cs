namespace Slipway.ServiceDefaults.Tasks;

/// <summary>What tasks lack.</summary>
public static class TaskExtensions
{
    /// <summary>
    /// Leaves a task to itself: it goes on, and nobody is to hear of it when it fails, <see cref="TaskScheduler.UnobservedTaskException"/> included. Whoever waits for it all the same is still told.
    /// </summary>
    /// <param name="task">The task; it may have ended already.</param>
    public static void LeaveBehind(this Task task) => _ = task.ContinueWith(
        static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
