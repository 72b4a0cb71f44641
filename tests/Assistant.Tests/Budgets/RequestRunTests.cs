using Microsoft.Extensions.Time.Testing;
using Slipway.Assistant.Budgets;

namespace Slipway.Assistant.Tests.Budgets;

public sealed class RequestRunTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RequestRun _run;

    public RequestRunTests() => _run = New(TimeSpan.Zero);

    [Fact]
    public void A_call_gets_what_its_stage_has_left_while_the_stage_runs()
    {
        using var stage = _run.Enter(Stage.Retrieval);
        Assert.Equal(400, Left(Stage.Retrieval));
        Assert.Equal(240, Left(Stage.Retrieval, 0.6), 3);

        _time.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Equal(150, Left(Stage.Retrieval));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(0, Left(Stage.Retrieval));
    }

    [Fact]
    public void A_call_that_may_be_late_gets_its_share_of_the_request_or_what_its_stage_has_left_where_that_is_more()
    {
        Assert.Equal(1250, Late(0.5));
        Assert.Equal(400, Late(0.1));

        _time.Advance(TimeSpan.FromMilliseconds(2300));
        Assert.Equal(200, Late(0.5));

        double Late(double share) => (_run.LateDeadline(Stage.Retrieval, share) - _time.GetUtcNow().UtcDateTime).TotalMilliseconds;
    }

    [Fact]
    public void A_call_never_gets_more_than_the_request_has_left()
    {
        _time.Advance(TimeSpan.FromMilliseconds(2300));

        Assert.Equal(200, Left(Stage.Retrieval));
        Assert.Equal(200, (_run.FreshDeadline(Stage.Retrieval) - _time.GetUtcNow().UtcDateTime).TotalMilliseconds);
        _time.Advance(TimeSpan.FromMilliseconds(2300));
        Assert.True(_run.CallDeadline(Stage.Retrieval) < _time.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public void What_the_gateway_took_counts()
    {
        var run = New(TimeSpan.FromMilliseconds(100));

        Assert.Equal(TimeSpan.FromMilliseconds(100), run.Elapsed);
        Assert.Equal(TimeSpan.FromMilliseconds(2400), run.Remaining);
        Assert.Equal(("gateway", 100.0), run.Timings().Single());
    }

    [Fact]
    public void Entering_a_stage_again_adds_to_its_time()
    {
        Spend(Stage.Cache, 10);
        Spend(Stage.Model, 20.5);
        Spend(Stage.Cache, 5);

        Assert.Equal("cache;dur=15, model;dur=20.5", _run.ServerTiming());
        Assert.Equal(["gateway", "cache", "model"], _run.Timings().Select(timing => timing.Stage));
        Assert.Equal(45, Left(Stage.Cache));
    }

    [Fact]
    public void A_stage_that_still_runs_is_timed_until_now()
    {
        using var stage = _run.Enter(Stage.Model);
        _time.Advance(TimeSpan.FromMilliseconds(7));

        Assert.Equal("model;dur=7", _run.ServerTiming());
    }

    [Fact]
    public void A_degradation_is_named_once_and_counted_by_stage()
    {
        _run.Degrade(Stage.Retrieval, "keyword");
        _run.Degrade(Stage.Retrieval, "keyword");
        _run.Degrade(Stage.Retrieval, "cached");
        _run.Degrade(Stage.Cache, "bypassed");

        Assert.Equal(["retrieval=keyword", "retrieval=cached", "cache=bypassed"], _run.Degraded);
        Assert.Equal(1, _run.DegradedStages(stage => stage != "cache"));
    }

    [Fact]
    public void A_stream_is_over_its_budget_when_its_first_text_is_late_and_not_when_it_is_long()
    {
        _run.Stream = true;
        using (_run.Enter(Stage.Model))
        {
            _time.Advance(TimeSpan.FromMilliseconds(1600));
            _run.SeeText();
            _time.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.False(_run.IsOverBudget);
        Assert.True(Late(1800, stream: true).IsOverBudget);
        Assert.True(Late(1600, stream: false).IsOverBudget);

        RequestRun Late(int milliseconds, bool stream)
        {
            var run = New(TimeSpan.Zero);
            run.Stream = stream;
            using (run.Enter(Stage.Model))
            {
                _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                run.SeeText();
                _time.Advance(TimeSpan.FromMilliseconds(200));
            }

            return run;
        }
    }

    private static RouteBudget Budget() => new(
        TimeSpan.FromMilliseconds(2500), TimeSpan.FromMilliseconds(800), TimeSpan.FromMinutes(2), [.. new[] { 20, 5, 60, 400, 150, 1700, 50, 5 }.Select(ms => TimeSpan.FromMilliseconds(ms))]);

    private RequestRun New(TimeSpan gateway) => new("acme", "test", Budget(), _time, gateway);

    private void Spend(Stage stage, double milliseconds)
    {
        using (_run.Enter(stage)) _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
    }

    private double Left(Stage stage, double share = 1) => (_run.CallDeadline(stage, share) - _time.GetUtcNow().UtcDateTime).TotalMilliseconds;
}
