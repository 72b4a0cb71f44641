using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Assistant.Budgets;

/// <summary>
/// One request on its way: when it must be done, what each stage took, and what was degraded. Stages are timed and traced through <see cref="Enter"/>.
/// Not safe for use by several threads at once.
/// </summary>
internal sealed class RequestRun
{
    private static readonly Histogram<double> StageDuration = SlipwayTelemetry.Meter.CreateHistogram<double>("slipway.stage.duration", "s", "Time spent in a stage of the request path.");

    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly TimeSpan[] _elapsed = new TimeSpan[Stages.Count];
    private readonly bool[] _entered = new bool[Stages.Count];
    private readonly List<string> _degraded = [];

    /// <param name="route">The route's name in records and metrics.</param>
    /// <param name="budget">The budget of the route.</param>
    /// <param name="time">The clock.</param>
    /// <param name="gateway">What the edge has spent already.</param>
    public RequestRun(string route, RouteBudget budget, TimeProvider time, TimeSpan gateway)
    {
        Route = route;
        Budget = budget;
        _time = time;
        _started = time.GetTimestamp() - (long)(gateway.TotalSeconds * time.TimestampFrequency);
        StartedAt = time.GetUtcNow() - gateway;
        Deadline = StartedAt + budget.EndToEnd;
        _elapsed[(int)Stage.Gateway] = gateway;
        _entered[(int)Stage.Gateway] = true;
    }

    public string Route { get; }

    public RouteBudget Budget { get; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>When the answer (or the first text of a stream) must be there.</summary>
    public DateTimeOffset Deadline { get; }

    public IReadOnlyList<string> Degraded => _degraded;

    /// <summary>miss, retrieval or output.</summary>
    public string Cache { get; set; } = "miss";

    /// <summary>The release that answers; empty until the flags stage has found it.</summary>
    public string Release { get; set; } = "";

    public string PromptVersion { get; set; } = "";

    public string CorpusVersion { get; set; } = "";

    /// <summary>From the edge to the first text that the caller could see; zero until then.</summary>
    public TimeSpan FirstText { get; private set; }

    /// <summary>Notes the time of the first text, once.</summary>
    public void SeeText()
    {
        if (FirstText == TimeSpan.Zero) FirstText = Elapsed;
    }

    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    public TimeSpan Remaining => Deadline - _time.GetUtcNow();

    public TimeSpan ElapsedIn(Stage stage) => _elapsed[(int)stage];

    /// <summary>Names a degradation, once: <c>stage=rung</c>.</summary>
    public void Degrade(Stage stage, string rung)
    {
        var name = stage.Name() + "=" + rung;
        if (!_degraded.Contains(name)) _degraded.Add(name);
    }

    /// <summary>Starts timing a stage; disposing the result stops it. Entering a stage again adds to its time.</summary>
    public Running Enter(Stage stage)
    {
        var activity = SlipwayTelemetry.Source.StartActivity(stage.Name());
        if (activity is not null)
        {
            activity.SetTag("slipway.stage", stage.Name());
            activity.SetTag("slipway.budget_ms", Budget.For(stage).TotalMilliseconds);
        }

        return new Running(this, stage, activity, _time.GetTimestamp());
    }

    /// <summary>The deadline of a call made in a stage: what the stage has left, and never past the request's own.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="share">The part of what the stage has left that this call may take, 0 to 1.</param>
    public DateTime CallDeadline(Stage stage, double share = 1)
    {
        var now = _time.GetUtcNow();
        var left = (Budget.For(stage) - _elapsed[(int)stage]) * share;
        var deadline = now + (left > TimeSpan.Zero ? left : TimeSpan.Zero);
        return (deadline < Deadline ? deadline : Deadline).UtcDateTime;
    }

    /// <summary>Milliseconds by stage, of the stages that were entered.</summary>
    public IEnumerable<(string Stage, double Milliseconds)> Timings()
    {
        for (var i = 0; i < _elapsed.Length; i++)
            if (_entered[i]) yield return (Stages.Names[i], _elapsed[i].TotalMilliseconds);
    }

    /// <summary>The value of <c>Server-Timing</c> for the stages after the gateway, which the edge adds itself.</summary>
    public string ServerTiming()
    {
        var text = new StringBuilder(160);
        for (var i = (int)Stage.Flags; i < _elapsed.Length; i++)
        {
            if (!_entered[i]) continue;
            if (text.Length > 0) text.Append(", ");
            text.Append(Stages.Names[i]).Append(";dur=").Append(_elapsed[i].TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    private void Leave(Stage stage, Activity? activity, long since)
    {
        var elapsed = _time.GetElapsedTime(since);
        _elapsed[(int)stage] += elapsed;
        _entered[(int)stage] = true;
        if (StageDuration.Enabled)
            StageDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("slipway.stage", stage.Name()), new KeyValuePair<string, object?>("slipway.route", Route));
        if (activity is null) return;
        activity.SetTag("slipway.over_budget", _elapsed[(int)stage] > Budget.For(stage));
        activity.Dispose();
    }

    /// <summary>A stage being timed.</summary>
    internal readonly struct Running(RequestRun run, Stage stage, Activity? activity, long since) : IDisposable
    {
        public Activity? Activity => activity;

        public void Dispose() => run.Leave(stage, activity, since);
    }
}
