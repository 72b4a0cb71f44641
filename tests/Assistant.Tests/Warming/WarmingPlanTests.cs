using Microsoft.Extensions.Time.Testing;
using Slipway.Assistant.Warming;

namespace Slipway.Assistant.Tests.Warming;

public sealed class WarmingPlanTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly WarmingPlan _plan;

    public WarmingPlanTests() => _plan = new WarmingPlan(new WarmingOptions { Settle = TimeSpan.FromSeconds(10), Every = TimeSpan.FromMinutes(5) }, _time);

    [Fact]
    public void A_tenant_is_due_once_its_release_and_documents_have_settled()
    {
        Assert.False(_plan.IsDue("t", "r1 c1"));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(_plan.IsDue("t", "r1 c2"));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(_plan.IsDue("t", "r1 c2"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_plan.IsDue("t", "r1 c2"));
    }

    [Fact]
    public void A_tenant_that_was_warmed_is_due_again_after_a_change_or_when_it_is_time()
    {
        _plan.IsDue("t", "r1");
        _time.Advance(TimeSpan.FromSeconds(10));
        _plan.Done("t", "r1");
        Assert.False(_plan.IsDue("t", "r1"));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(_plan.IsDue("t", "r1"));
        _plan.Done("t", "r1");

        Assert.False(_plan.IsDue("t", "r2"));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(_plan.IsDue("t", "r2"));
    }

    [Fact]
    public void Settings_out_of_their_range_are_all_named()
    {
        var message = Assert.Throws<InvalidOperationException>(() => new WarmingOptions { PerSecond = 0, Every = TimeSpan.Zero, Settle = TimeSpan.FromDays(1), Frequent = 501 }.Validated()).Message;
        foreach (var name in (string[])["PerSecond", "Every", "Settle", "Frequent"]) Assert.Contains("Warming:" + name + " is", message, StringComparison.Ordinal);
        Assert.Equal(new WarmingOptions(), new WarmingOptions().Validated());
    }
}
