using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Assistant.Budgets;

/// <summary>
/// One request on its way: when it must be done, what each stage took, and what was degraded. Stages are timed and traced through <see cref="Enter"/>.
/// Not safe for use by several threads at once.
/// </summary>
internal sealed class RequestRun
{
    private static readonly Histogram<double> StageDuration = SlipwayTelemetry.Meter.CreateHistogram(
        "slipway.stage.duration", "s", "Time spent in a stage of the request path.",
        // The budgets that are shipped are among them, so that the share within a budget can be read.
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.06, 0.1, 0.15, 0.25, 0.4, 0.8, 1.7, 2.5, 5, 10] });

    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Timing[] _stages = new Timing[Stages.Count];
    private TimeSpan _modelToFirstText;
    private List<string>? _degraded;

    /// <param name="tenant">Whose request it is.</param>
    /// <param name="route">The route's name in records and metrics.</param>
    /// <param name="budget">The budget of the route.</param>
    /// <param name="time">The clock.</param>
    /// <param name="gateway">What the edge has spent already.</param>
    public RequestRun(string tenant, string route, RouteBudget budget, TimeProvider time, TimeSpan gateway)
    {
        Tenant = tenant;
        Route = route;
        Budget = budget;
        _time = time;
        _started = time.GetTimestamp() - (long)(gateway.TotalSeconds * time.TimestampFrequency);
        StartedAt = time.GetUtcNow() - gateway;
        Deadline = StartedAt + budget.EndToEnd;
        _stages[(int)Stage.Gateway] = new Timing { Entered = true, Elapsed = gateway };
    }

    public string Tenant { get; }

    public string Route { get; }

    public RouteBudget Budget { get; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>When the answer (or the first text of a stream) must be there.</summary>
    public DateTimeOffset Deadline { get; }

    public IReadOnlyList<string> Degraded => _degraded ?? (IReadOnlyList<string>)[];

    /// <summary>How many stages were degraded, however often each.</summary>
    public int DegradedStages(Func<string, bool> counts) => Degraded.Select(name => name[..name.IndexOf('=')]).Distinct(StringComparer.Ordinal).Count(counts);

    /// <summary>Whether its times are held to the route's budgets.</summary>
    public bool HasTimeObjectives { get; init; } = true;

    /// <summary>Whether a stage has taken more than its budget, or the whole answer came late. Of a stream the first text counts, as in the KPIs: a long answer is not a slow one.</summary>
    public bool IsOverBudget
    {
        get
        {
            if (!HasTimeObjectives) return false;
            for (var i = 0; i < _stages.Length; i++)
                if (_stages[i].Entered && IsOver((Stage)i)) return true;
            return (Stream && FirstText > TimeSpan.Zero ? FirstText : Elapsed) > Budget.EndToEnd;
        }
    }

    /// <summary>Whether the answer is sent as a stream.</summary>
    public bool Stream { get; set; }

    /// <summary>miss, retrieval or output.</summary>
    public string Cache { get; set; } = "miss";

    /// <summary>The release that answers; empty until the flags stage has found it.</summary>
    public string Release { get; set; } = "";

    public string PromptVersion { get; set; } = "";

    public string CorpusVersion { get; set; } = "";

    /// <summary>The release's model, while cheap mode asks a smaller one in its place; null otherwise.</summary>
    public ModelInfo? InsteadOf { get; set; }

    /// <summary>USD: what finding passages cost, beside the answer's own model.</summary>
    public double RetrievalCostUsd { get; set; }

    /// <summary>From the edge to the first text that the caller could see; zero until then.</summary>
    public TimeSpan FirstText { get; private set; }

    /// <summary>Notes the time of the first text, once.</summary>
    public void SeeText()
    {
        if (FirstText != TimeSpan.Zero) return;
        FirstText = Elapsed;
        _modelToFirstText = ElapsedIn(Stage.Model);
    }

    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    public TimeSpan Remaining => Deadline - _time.GetUtcNow();

    /// <summary>What a stage has taken so far, also while it runs.</summary>
    public TimeSpan ElapsedIn(Stage stage)
    {
        ref readonly var timing = ref _stages[(int)stage];
        return timing.Since == 0 ? timing.Elapsed : timing.Elapsed + _time.GetElapsedTime(timing.Since);
    }

    /// <summary>Names a degradation, once: <c>stage=rung</c>.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="rung">What answers instead.</param>
    /// <param name="reason">Why, for the span; empty when the rung says it all.</param>
    public void Degrade(Stage stage, string rung, string reason = "")
    {
        var name = stage.Name() + "=" + rung;
        if (Activity.Current is { } activity)
        {
            activity.SetTag("slipway.degraded", name);
            if (reason.Length > 0) activity.SetTag("slipway.degraded_reason", reason);
        }

        _degraded ??= [];
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
            activity.SetTag("slipway.tenant", Tenant);
            activity.SetTag("slipway.route", Route);
        }

        ref var timing = ref _stages[(int)stage];
        timing.Entered = true;
        timing.Since = _time.GetTimestamp();
        return new Running(this, stage, activity);
    }

    /// <summary>The deadline of a call made in a stage: what the stage has left, and never past the request's own.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="share">The part of what the stage has left that this call may take, 0 to 1.</param>
    public DateTime CallDeadline(Stage stage, double share = 1) => DeadlineAfter(LeftOf(stage) * share);

    /// <summary>What a stage has left of its budget.</summary>
    public TimeSpan LeftOf(Stage stage) => Budget.For(stage) - ElapsedIn(stage) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>The deadline of a call that gets the stage's whole budget whatever the stage has taken already, and never past the request's own.</summary>
    public DateTime FreshDeadline(Stage stage) => DeadlineAfter(Budget.For(stage));

    /// <summary>The deadline of a call that may take a part of what the whole request has left, 0 to 1, or what its stage has left where that is more; never past the request's own.</summary>
    public DateTime LateDeadline(Stage stage, double share)
    {
        var rest = Remaining * share;
        var left = LeftOf(stage);
        return DeadlineAfter(rest > left ? rest : left);
    }

    /// <summary>Milliseconds by stage, of the stages that were entered.</summary>
    public IEnumerable<(string Stage, double Milliseconds)> Timings()
    {
        for (var i = 0; i < _stages.Length; i++)
            if (_stages[i].Entered) yield return (Stages.Names[i], ElapsedIn((Stage)i).TotalMilliseconds);
    }

    /// <summary>
    /// The value of <c>Server-Timing</c> for the stages after the gateway, which the edge adds itself. A stream's headers leave while the model stage runs:
    /// they say what it has taken until then.
    /// </summary>
    public string ServerTiming()
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[256]);
        var first = true;
        for (var i = (int)Stage.Flags; i < _stages.Length; i++)
        {
            if (!_stages[i].Entered) continue;
            if (!first) text.AppendLiteral(", ");
            first = false;
            text.AppendLiteral(Stages.Names[i]);
            text.AppendLiteral(";dur=");
            text.AppendFormatted(ElapsedIn((Stage)i).TotalMilliseconds, "0.###");
        }

        return text.ToStringAndClear();
    }

    private bool IsOver(Stage stage) =>
        (stage == Stage.Model && Stream && FirstText > TimeSpan.Zero ? _modelToFirstText : ElapsedIn(stage)) > Budget.For(stage);

    private DateTime DeadlineAfter(TimeSpan left)
    {
        var deadline = _time.GetUtcNow() + left;
        return (deadline < Deadline ? deadline : Deadline).UtcDateTime;
    }

    private void Leave(Stage stage, Activity? activity)
    {
        ref var timing = ref _stages[(int)stage];
        var elapsed = _time.GetElapsedTime(timing.Since);
        timing.Elapsed += elapsed;
        timing.Since = 0;
        Measure(stage, elapsed);
        if (activity is null) return;
        if (Release.Length > 0) activity.SetTag("slipway.release", Release);
        activity.SetTag("slipway.over_budget", IsOver(stage));
        activity.Dispose();
    }

    /// <summary>Measures the stage that the edge has timed, once.</summary>
    public void MeasureGateway() => Measure(Stage.Gateway, _stages[(int)Stage.Gateway].Elapsed);

    private void Measure(Stage stage, TimeSpan elapsed)
    {
        if (StageDuration.Enabled)
            StageDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("slipway.stage", stage.Name()), new KeyValuePair<string, object?>("slipway.route", Route));
    }

    /// <summary>A stage being timed.</summary>
    internal readonly struct Running(RequestRun run, Stage stage, Activity? activity) : IDisposable
    {
        public Activity? Activity => activity;

        public void Dispose() => run.Leave(stage, activity);
    }

    /// <summary>What a stage took in the visits that are over, and when the one that is not began (a timestamp; 0 when none is on).</summary>
    private struct Timing
    {
        public bool Entered;
        public TimeSpan Elapsed;
        public long Since;
    }
}
