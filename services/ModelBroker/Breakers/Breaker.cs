using System.Diagnostics.Metrics;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ModelBroker.Breakers;

internal enum BreakerState
{
    Closed,
    HalfOpen,
    Open,
}

/// <summary>How a call behind a breaker went; neutral: its caller left, or the provider was not reached for reasons of ours.</summary>
internal enum Outcome
{
    Well,
    Ill,
    Neutral,
}

/// <summary>
/// Spares a model that fails:
/// <list type="number">
/// <item>closed: calls pass. Five ill ones within 10 s, when they are at least half of all, open it.</item>
/// <item>open: no call passes for 2 s; after each probe that failed twice as long, up to 30 s.</item>
/// <item>half open: one call at a time passes as a probe. One that goes well closes it, so that a healthy model is back with its first answer.</item>
/// </list>
/// Beside that a provider may ask for a wait (<c>Retry-After</c>): until then no call passes either.
/// </summary>
internal sealed class Breaker
{
    private const int IllToOpen = 5;
    private const int Seconds = 10;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestCooling = TimeSpan.FromMinutes(1);

    private static readonly Gauge<int> State = SlipwayTelemetry.Meter.CreateGauge<int>("slipway.model.breaker", "{state}", "State of a model's breaker: 0 closed, 1 half open, 2 open.");

    private readonly Lock _gate = new();
    private readonly string _model;
    private readonly TimeProvider _time;
    private readonly (long Second, int Well, int Ill)[] _seconds = new (long, int, int)[Seconds];
    private BreakerState _state;
    private DateTimeOffset _openUntil;
    private DateTimeOffset _coolUntil;
    private TimeSpan _pause = FirstPause;
    private bool _probing;

    public Breaker(string model, TimeProvider time)
    {
        _model = model;
        _time = time;
        Turn(BreakerState.Closed);
    }

    /// <summary>Asks to pass. After a pass that was given, <see cref="Leave"/> has to follow.</summary>
    public Pass Enter()
    {
        lock (_gate)
        {
            if (_state == BreakerState.Closed && _coolUntil == default) return new Pass(Given: true);
            var now = _time.GetUtcNow();
            if (now < _coolUntil) return new Pass(Given: false, Cooling: true, Wait: _coolUntil - now);
            _coolUntil = default;
            if (_state == BreakerState.Closed) return new Pass(Given: true);
            if (now < _openUntil) return new Pass(Given: false, Wait: _openUntil - now);
            // Nobody knows when the probe is back; a second is about a short answer.
            if (_probing) return new Pass(Given: false, Wait: TimeSpan.FromSeconds(1));
            _probing = true;
            Turn(BreakerState.HalfOpen);
            return new Pass(Given: true, Probe: true);
        }
    }

    /// <summary>Tells how a call that passed went.</summary>
    public void Leave(Pass pass, Outcome outcome)
    {
        lock (_gate)
        {
            if (_state == BreakerState.Closed)
            {
                Count(outcome);
                return;
            }

            // A call from before it opened tells nothing about now.
            if (!pass.Probe) return;
            _probing = false;
            if (outcome == Outcome.Well) Close();
            else if (outcome == Outcome.Ill) Open(_pause * 2 < LongestPause ? _pause * 2 : LongestPause);
        }
    }

    /// <summary>The provider asked for a wait; one longer than a minute is probed after a minute.</summary>
    public void CoolDown(TimeSpan wait)
    {
        lock (_gate)
        {
            var until = _time.GetUtcNow() + (wait < LongestCooling ? wait : LongestCooling);
            if (until > _coolUntil) _coolUntil = until;
        }
    }

    private void Count(Outcome outcome)
    {
        if (outcome == Outcome.Neutral) return;
        var second = _time.GetUtcNow().ToUnixTimeSeconds();
        ref var slot = ref _seconds[second % Seconds];
        if (slot.Second != second) slot = (second, 0, 0);
        if (outcome == Outcome.Well)
        {
            slot.Well++;
            return;
        }

        slot.Ill++;
        int well = 0, ill = 0;
        foreach (var (at, wells, ills) in _seconds)
        {
            if (at <= second - Seconds) continue;
            well += wells;
            ill += ills;
        }

        if (ill >= IllToOpen && ill >= well) Open(FirstPause);
    }

    private void Open(TimeSpan pause)
    {
        _pause = pause;
        _openUntil = _time.GetUtcNow() + pause;
        Turn(BreakerState.Open);
    }

    private void Close()
    {
        Array.Clear(_seconds);
        _pause = FirstPause;
        Turn(BreakerState.Closed);
    }

    private void Turn(BreakerState state)
    {
        _state = state;
        State.Record((int)state, new KeyValuePair<string, object?>("gen_ai.request.model", _model));
    }

    /// <summary>The answer to who wants to pass.</summary>
    /// <param name="Given">Whether he may.</param>
    /// <param name="Probe">Whether the call is the probe.</param>
    /// <param name="Cooling">When he may not: whether because the provider asked for a wait.</param>
    /// <param name="Wait">When he may not: how long until somebody may.</param>
    internal readonly record struct Pass(bool Given, bool Probe = false, bool Cooling = false, TimeSpan Wait = default);
}
