using Microsoft.Extensions.Time.Testing;
using Slipway.Assistant.Costs;

namespace Slipway.Assistant.Tests.Costs;

public sealed class RouteCostTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Figures_are_of_the_last_ten_minutes()
    {
        var costs = new RollingCost(_time);
        Assert.Equal(default, costs.Read());
        costs.Add(0.002, 0.004);
        _time.Advance(TimeSpan.FromMinutes(5));
        costs.Add(0.004, 0.004);
        Near(2, 3, 4, costs.Read());
        _time.Advance(TimeSpan.FromMinutes(5));
        Near(1, 4, 4, costs.Read());
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(default, costs.Read());

        static void Near(long requests, double per1000, double full, CostFigures figures)
        {
            Assert.Equal(requests, figures.Requests);
            Assert.Equal((per1000, full), (Math.Round(figures.Per1000, 9), Math.Round(figures.FullPer1000, 9)));
        }
    }

    [Fact]
    public void A_route_goes_over_its_budget_and_comes_back_only_well_within_it()
    {
        var route = new RouteCost(_time);
        var changes = Enumerable.Range(0, 30).Count(_ => route.Add(0.003, 0.003, budget: 2));
        Assert.True(route.IsOver);
        Assert.Equal(1, changes);

        // Cheap now, which alone is no reason to go back.
        _time.Advance(RollingCost.Window);
        for (var i = 0; i < 30; i++) Assert.False(route.Add(0.0001, 0.0019, budget: 2));
        Assert.True(route.IsOver);

        _time.Advance(RollingCost.Window);
        changes = Enumerable.Range(0, 30).Count(_ => route.Add(0.0001, 0.0015, budget: 2));
        Assert.False(route.IsOver);
        Assert.Equal(1, changes);
    }

    [Fact]
    public void Few_requests_are_no_evidence_and_no_budget_is_never_exceeded()
    {
        var route = new RouteCost(_time);
        for (var i = 0; i < RouteCost.LeastRequests - 1; i++) Assert.False(route.Add(9, 9, budget: 1));
        Assert.False(route.IsOver);
        for (var i = 0; i < 100; i++) Assert.False(route.Add(9, 9, budget: null));
        Assert.False(route.IsOver);
    }
}
