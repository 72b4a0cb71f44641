using System.Runtime.CompilerServices;
using Slipway.ServiceDefaults.Tasks;

namespace Slipway.ServiceDefaults.Tests.Tasks;

public sealed class TaskExtensionsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nobody_hears_of_a_task_that_was_left_behind(bool leftBehind)
    {
        var failure = new InvalidOperationException("It failed in the end.");
        var heard = 0;
        EventHandler<UnobservedTaskExceptionEventArgs> listen = (_, told) =>
        {
            if (told.Exception.InnerExceptions.Contains(failure)) Interlocked.Increment(ref heard);
        };
        TaskScheduler.UnobservedTaskException += listen;
        try
        {
            Fail(failure, leftBehind);
            // An unobserved failure is told by the task's finalizer.
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= listen;
        }

        Assert.Equal(leftBehind ? 0 : 1, heard);
    }

    [Fact]
    public async Task Whoever_waits_for_it_all_the_same_is_told()
    {
        var pending = new TaskCompletionSource();
        pending.Task.LeaveBehind();
        pending.SetException(new InvalidOperationException("It failed in the end."));

        await Assert.ThrowsAsync<InvalidOperationException>(() => pending.Task);
    }

    /// <summary>In a method of its own, so that nothing holds the task when it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail(Exception failure, bool leftBehind)
    {
        var pending = new TaskCompletionSource();
        if (leftBehind) pending.Task.LeaveBehind();
        pending.SetException(failure);
    }
}
