using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Xunit;
using Xunit.v3;

namespace Slipway.Testing;

/// <summary>
/// What hangs fails by its name instead of holding up the whole run: a test's token is cancelled after <see cref="Limit"/>, at which its waits throw. A test that waits without
/// it, or a fixture, ends the process a minute later. Every test project has this (<c>Directory.Build.targets</c>); it measures nothing.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class TimeLimitAttribute : BeforeAfterTestAttribute
{
    /// <summary>All tests of a project together take less, but for those of the whole stack.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);
    private static readonly ConcurrentDictionary<string, Running> Tests = new();
    private static readonly Timer Watch = new(_ => Look(), null, Timeout.Infinite, Timeout.Infinite);
    private static long _moved;

    /// <inheritdoc />
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        Tests[test.UniqueID] = new Running(test.TestDisplayName, TestContext.Current, Stopwatch.GetTimestamp());
        Move();
        Watch.Change(Grace, Grace);
    }

    /// <inheritdoc />
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        Tests.TryRemove(test.UniqueID, out _);
        Move();
    }

    private static void Move() => Volatile.Write(ref _moved, Stopwatch.GetTimestamp());

    private static void Look()
    {
        foreach (var test in Tests.Values)
            if (Stopwatch.GetElapsedTime(test.Started) >= Limit) test.Context.CancelCurrentTest();
        var still = Stopwatch.GetElapsedTime(Volatile.Read(ref _moved));
        if (still < Limit + Grace) return;
        var hanging = Tests.IsEmpty ? "a fixture" : string.Join(", ", Tests.Values.Select(test => test.Name));
        Environment.FailFast($"For {still.TotalMinutes:0} minutes no test has begun or ended. What hangs: {hanging}.");
    }

    private sealed record Running(string Name, ITestContext Context, long Started);
}
