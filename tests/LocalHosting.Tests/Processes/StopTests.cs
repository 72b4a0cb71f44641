using System.Diagnostics;
using System.Globalization;
using Slipway.LocalHosting.TestHost;

namespace Slipway.LocalHosting.Tests.Processes;

[Trait("Category", "Slow")]
public sealed class StopTests
{
    private static readonly Dictionary<string, string> Stubborn = new() { ["TEST_STUBBORN"] = "1" };

    [Theory]
    [InlineData(Program.SigTerm)]
    [InlineData(Program.SigInt)]
    public async Task A_signal_stops_all_in_reverse_order_with_exit_code_0(int signal)
    {
        await using var application = SampleApplication.Start(
            new ResourceModel("store"), new ResourceModel("service") { WaitFor = ["store"] }, new ResourceModel("edge") { References = ["service"] });
        await application.WaitUntilReadyAsync();
        var ids = application.ProcessIds();

        application.Host.Signal(signal);

        Assert.Equal(0, await application.Host.WaitForExitAsync());
        Assert.Equal(
            ["edge Stopping", "edge Stopped", "service Stopping", "service Stopped", "store Stopping", "store Stopped"],
            application.States().Where(state => state.State.StartsWith("Stop", StringComparison.Ordinal)).Select(state => $"{state.Name} {state.State}"));
        Assert.DoesNotContain(application.States(), state => state.State.StartsWith("Restarting", StringComparison.Ordinal));
        Assert.All(ids.Values, id => Assert.False(Lives(id)));
    }

    [Fact]
    public async Task Those_that_ignore_the_signal_are_killed_within_10_seconds()
    {
        await using var application = SampleApplication.Start(
            new ResourceModel("store") { Environment = Stubborn }, new ResourceModel("service") { WaitFor = ["store"], Environment = Stubborn });
        await application.WaitUntilReadyAsync();
        var ids = application.ProcessIds();

        var started = Stopwatch.GetTimestamp();
        application.Host.Signal(Program.SigTerm);

        Assert.Equal(0, await application.Host.WaitForExitAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 11);
        Assert.All(ids.Values, id => Assert.False(Lives(id)));
    }

    [Fact]
    public async Task A_second_interrupt_kills_at_once()
    {
        await using var application = SampleApplication.Start(new ResourceModel("service") { Environment = Stubborn });
        await application.WaitUntilReadyAsync();
        var started = Stopwatch.GetTimestamp();

        application.Host.Signal(Program.SigInt);
        await application.WaitForStateAsync("service", "Stopping");
        application.Host.Signal(Program.SigInt);

        Assert.Equal(0, await application.Host.WaitForExitAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 4);
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_the_start_stops_what_has_started()
    {
        await using var application = SampleApplication.Start(new ResourceModel("store") { Environment = { ["TEST_HEALTH_FILE"] = "/nowhere" } }, new ResourceModel("service") { WaitFor = ["store"] });
        await application.WaitForStateAsync("store", "Running");
        var store = application.ProcessIds()["store"];

        application.Host.Signal(Program.SigTerm);

        Assert.Equal(0, await application.Host.WaitForExitAsync());
        Assert.False(Lives(store));
        Assert.DoesNotContain(application.States(), state => state is { Name: "service", State: "Starting" });
    }

    [Fact]
    public async Task A_host_that_is_killed_leaves_no_orphan_within_5_seconds_not_even_a_stubborn_one()
    {
        await using var application = SampleApplication.Start(new ResourceModel("polite"), new ResourceModel("stubborn") { Environment = Stubborn });
        await application.WaitUntilReadyAsync();
        var ids = application.ProcessIds().Values.Concat(ChildrenOf(application.Host.Id)).Distinct().ToList();
        Assert.True(ids.Count >= 3, "two resources and the watchdog are expected");

        var started = Stopwatch.GetTimestamp();
        application.Host.Signal(Program.SigKill);
        await Task.WhenAll(ids.Select(EndAsync)).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 5);
    }

    [Fact]
    public async Task A_watchdog_that_was_killed_is_replaced()
    {
        await using var application = SampleApplication.Start(new ResourceModel("stubborn") { Environment = Stubborn });
        await application.WaitUntilReadyAsync();
        var stubborn = application.ProcessIds()["stubborn"];
        var watchdog = ChildrenOf(application.Host.Id).Single(id => id != stubborn);

        Assert.Equal(0, Program.Kill(watchdog, Program.SigKill));
        await EndAsync(watchdog);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (!ChildrenOf(application.Host.Id).Any(id => id != stubborn && id != watchdog)) await Task.Delay(20, patience.Token);

        application.Host.Signal(Program.SigKill);
        await EndAsync(stubborn).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    /// <summary>Polls: the end of a process that is not one's own child gives no signal (Process.WaitForExitAsync polls as well, up to seconds apart).</summary>
    private static async Task EndAsync(int id)
    {
        while (Lives(id)) await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    /// <summary>The processes that this one started; none where there is no /proc.</summary>
    private static List<int> ChildrenOf(int parent) => Directory.Exists("/proc/self")
        ? [.. Directory.EnumerateDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0).Where(id => id > 0 && Stat(id) is { } stat && stat.Parent == parent)]
        : [];

    /// <summary>A zombie is dead: it only waits for whatever is the init process here to take note.</summary>
    private static bool Lives(int id)
    {
        if (Directory.Exists("/proc/self")) return Stat(id) is { State: not "Z" };
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Fields 3 and 4 of /proc/PID/stat; field 2 is the name in parentheses, which may contain blanks.</summary>
    private static (string State, int Parent)? Stat(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
