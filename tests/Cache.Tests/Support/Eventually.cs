using System.Diagnostics;

namespace Slipway.Cache.Tests.Support;

internal static class Eventually
{
    /// <summary>Waits for a state that nothing signals.</summary>
    internal static Task IsTrue(Func<bool> condition) => IsTrue(() => Task.FromResult(condition()), TimeSpan.FromSeconds(30));

    internal static async Task IsTrue(Func<Task<bool>> condition, TimeSpan within)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < within, $"It did not become true within {within}.");
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }
}
