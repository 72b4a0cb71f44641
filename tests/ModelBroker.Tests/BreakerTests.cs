using Microsoft.Extensions.Time.Testing;
using Slipway.ModelBroker.Breakers;
using Slipway.ModelBroker.Tests.Support;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

public sealed class BreakerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TempFolder _assets = new();

    public void Dispose() => _assets.Dispose();

    [Fact]
    public void Failures_that_are_few_or_rare_do_not_open_it()
    {
        var breaker = new Breaker("m", _time);
        for (var i = 0; i < 100; i++)
        {
            Call(breaker, i % 3 == 0 ? Outcome.Ill : Outcome.Well);
            Call(breaker, Outcome.Neutral);
        }

        for (var i = 0; i < 20; i++)
        {
            Call(breaker, Outcome.Ill);
            _time.Advance(TimeSpan.FromSeconds(3));
        }

        Assert.True(breaker.Enter().Given);
    }

    [Fact]
    public void It_opens_probes_one_at_a_time_and_closes_with_the_first_answer()
    {
        var breaker = Opened();
        Assert.Equal(new Breaker.Pass(Given: false, Wait: TimeSpan.FromSeconds(2)), breaker.Enter());
        _time.Advance(TimeSpan.FromSeconds(2));
        var probe = breaker.Enter();
        Assert.True(probe is { Given: true, Probe: true });
        Assert.False(breaker.Enter().Given);
        breaker.Leave(probe, Outcome.Well);
        Assert.True(breaker.Enter() is { Given: true, Probe: false });
        Assert.True(breaker.Enter().Given);
    }

    [Fact]
    public void A_probe_that_fails_doubles_the_pause_up_to_half_a_minute()
    {
        var breaker = Opened();
        foreach (var pause in (int[])[2, 4, 8, 16, 30, 30])
        {
            Assert.Equal(TimeSpan.FromSeconds(pause), breaker.Enter().Wait);
            _time.Advance(TimeSpan.FromSeconds(pause));
            breaker.Leave(breaker.Enter(), Outcome.Ill);
        }
    }

    [Fact]
    public void A_probe_whose_caller_left_makes_room_for_the_next_and_late_calls_tell_nothing()
    {
        var breaker = new Breaker("m", _time);
        var late = breaker.Enter();
        for (var i = 0; i < 5; i++) Call(breaker, Outcome.Ill);
        breaker.Leave(late, Outcome.Well);
        Assert.False(breaker.Enter().Given);
        _time.Advance(TimeSpan.FromSeconds(2));
        breaker.Leave(breaker.Enter(), Outcome.Neutral);
        Assert.True(breaker.Enter() is { Given: true, Probe: true });
    }

    [Fact]
    public void A_wait_that_the_provider_asks_for_is_kept_for_a_minute_at_most()
    {
        var breaker = new Breaker("m", _time);
        breaker.CoolDown(TimeSpan.FromSeconds(3000));
        Assert.Equal(new Breaker.Pass(Given: false, Cooling: true, Wait: TimeSpan.FromMinutes(1)), breaker.Enter());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(breaker.Enter().Given);
    }

    [Fact]
    public async Task A_model_that_fails_is_spared_and_back_as_soon_as_it_answers()
    {
        var ill = true;
        await using var first = new ScriptedProvider(context => ScriptedProvider.AnswerAsync(context, ill ? 401 : 200, ill ? "{}" : ScriptedProvider.Whole));
        await using var second = ScriptedProvider.Answering(200, ScriptedProvider.Whole);
        await using var broker = BrokerHost.With(_time, _assets, ("first", first, ""), ("second", second, ""));
        for (var i = 0; i < 8; i++) Assert.Equal("second", (await broker.CompleteAsync(BrokerHost.Ask(model: "answer"))).Model);
        Assert.Equal(5, first.Bodies.Count);
        Assert.Equal("upstream_unavailable", (await broker.RefusalAsync(BrokerHost.Ask(model: "first"))).Code);
        Assert.Equal(5, first.Bodies.Count);
        ill = false;
        _time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 3; i++) Assert.Equal("first", (await broker.CompleteAsync(BrokerHost.Ask(model: "answer"))).Model);
    }

    private Breaker Opened()
    {
        var breaker = new Breaker("m", _time);
        for (var i = 0; i < 5; i++) Call(breaker, Outcome.Ill);
        return breaker;
    }

    private static void Call(Breaker breaker, Outcome outcome)
    {
        var pass = breaker.Enter();
        Assert.True(pass.Given);
        breaker.Leave(pass, outcome);
    }
}
