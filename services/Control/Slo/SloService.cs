using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Slipway.Assets;
using Slipway.Assets.Slo;
using Slipway.Control.Data;
using Slipway.Control.Events;
using Slipway.Control.Timing;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Control.Slo;

/// <summary>How the objectives of all routes stood when they were last looked at.</summary>
/// <param name="Settings">The objectives.</param>
/// <param name="Tallies">By route and window (minutes).</param>
/// <param name="Alerts">What stands.</param>
internal sealed record SloStanding(SloSettings Settings, IReadOnlyDictionary<string, Dictionary<int, Tally>> Tallies, IReadOnlyDictionary<AlertKey, AlertRow> Alerts);

/// <summary>
/// Looks at the objectives every ten seconds: brings the tallies up to date, decides which alerts begin and end, and writes those with their events in one transaction, so that a killed process
/// neither forgets an alert nor raises it again.
/// </summary>
internal sealed partial class SloService : RepeatedService
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly SloTallies _tallies;
    private readonly EventStore _events;
    private readonly IDbContextFactory<ControlDb> _databases;
    private readonly ILogger<SloService> _logger;
    private readonly WatchedFile<SloSettings> _file;
    private readonly SemaphoreSlim _looking = new(1);
    private readonly List<NewEvent> _untold = [];
    private Dictionary<AlertKey, AlertRow>? _alerts;
    private SloStanding? _standing;

    public SloService(string path, SloTallies tallies, EventStore events, IDbContextFactory<ControlDb> databases, TimeProvider time, ILogger<SloService> logger)
        : base(Interval, time)
    {
        (_tallies, _events, _databases, _logger) = (tallies, events, databases, logger);
        _file = SloFile.Watch(path, time, Changed, Refused);
        SlipwayTelemetry.Meter.CreateObservableGauge("slipway.slo.burn_rate", MeasureBurn, null, "How many times as fast as it may an objective of a route is spent, by window.");
        SlipwayTelemetry.Meter.CreateObservableGauge("slipway.slo.alerts", MeasureAlerts, "{alert}", "Alerts that stand, by route, objective and severity.");
    }

    /// <summary>What was found last; null before the first look.</summary>
    internal SloStanding? Standing => Volatile.Read(ref _standing);

    /// <summary>Looks now.</summary>
    internal async Task<SloStanding> LookAsync(CancellationToken cancellationToken)
    {
        await _looking.WaitAsync(cancellationToken);
        try
        {
            var settings = _file.Current;
            _alerts ??= await LoadAsync(cancellationToken);
            await _tallies.UpdateAsync(settings, cancellationToken);
            var sums = _tallies.Sum(BurnRule.Windows);
            List<NewEvent> untold;
            lock (_untold) untold = [.. _untold];
            var changes = AlertBook.Changes(sums, settings, _alerts, Time.GetUtcNow().ToUnixTimeMilliseconds()).ToList();
            if (changes.Count + untold.Count > 0)
            {
                await _events.AddAsync([.. untold, .. changes.Select(change => change.Told)], database => WriteAsync(database, changes, cancellationToken), cancellationToken);
                lock (_untold) _untold.RemoveRange(0, untold.Count);
            }

            var alerts = new Dictionary<AlertKey, AlertRow>(_alerts);
            foreach (var change in changes)
            {
                if (change.Row is { } row) alerts[change.Key] = row;
                else alerts.Remove(change.Key);
                if (change.Told.Severity is "page" or "ticket" or "warning") LogRaised(change.Told.Message);
                else LogResolved(change.Told.Message);
            }

            _alerts = alerts;
            var standing = new SloStanding(settings, sums, alerts);
            Volatile.Write(ref _standing, standing);
            return standing;
        }
        finally
        {
            _looking.Release();
        }
    }

    protected override Task TurnAsync(CancellationToken cancellationToken) => LookAsync(cancellationToken);

    /// <summary>The database is away: what stood stands, and nothing is raised without being kept.</summary>
    protected override void TurnFailed(Exception exception) => LogFailed(exception);

    public override void Dispose()
    {
        _file.Dispose();
        _looking.Dispose();
        base.Dispose();
    }

    private static async Task WriteAsync(ControlDb database, List<AlertChange> changes, CancellationToken cancellationToken)
    {
        foreach (var change in changes)
        {
            await database.Alerts.Where(row => row.Route == change.Key.Route && row.Objective == change.Key.Objective && row.Rule == change.Key.Rule).ExecuteDeleteAsync(cancellationToken);
            if (change.Row is not null) database.Alerts.Add(change.Row);
        }

        await database.SaveChangesAsync(cancellationToken);
    }

    private async Task<Dictionary<AlertKey, AlertRow>> LoadAsync(CancellationToken cancellationToken)
    {
        await using var database = await _databases.CreateDbContextAsync(cancellationToken);
        return await database.Alerts.AsNoTracking().ToDictionaryAsync(row => new AlertKey(row.Route, row.Objective, row.Rule), cancellationToken);
    }

    private void Changed(SloSettings settings)
    {
        LogRead(string.Join(", ", settings.Routes.Keys));
        Tell(new NewEvent(EventKinds.SloChanged, "info", "slo.json", $"slo.json was read again: {string.Join(", ", settings.Routes.Keys)}.", []));
    }

    private void Refused(IReadOnlyList<string> errors)
    {
        LogRefused(string.Join(" ", errors));
        var list = new JsonArray([.. errors.Select(error => (JsonNode)error)]);
        Tell(new NewEvent(EventKinds.SloRefused, "warning", "slo.json", "The change of slo.json is not taken, and what was there before counts: " + string.Join(" ", errors), new JsonObject { ["errors"] = list }));
    }

    /// <summary>For the next look. A database that is away for long must not fill the memory: of many edits the last ones count.</summary>
    private void Tell(NewEvent told)
    {
        lock (_untold)
        {
            if (_untold.Count < 100) _untold.Add(told);
        }
    }

    private IEnumerable<Measurement<double>> MeasureBurn()
    {
        if (Standing is not { } standing) yield break;
        foreach (var (route, windows) in standing.Tallies)
        {
            for (var i = 0; i < Objective.All.Count; i++)
            {
                if (Objective.All[i].TargetOf(standing.Settings, route) is not { } target) continue;
                foreach (var (window, tally) in windows)
                {
                    if (tally.BurnOf(i, target) is { Requests: > 0 } burn)
                        yield return new Measurement<double>(burn.Rate, new("slipway.route", route), new("slipway.objective", Objective.All[i].Name), new("slipway.window", $"{window}m"));
                }
            }
        }
    }

    private IEnumerable<Measurement<int>> MeasureAlerts() => Standing is not { } standing ? [] : standing.Alerts.Values
        .Select(alert => new Measurement<int>(1, new("slipway.route", alert.Route), new("slipway.objective", alert.Objective), new("slipway.rule", alert.Rule), new("slipway.severity", alert.Severity)));

    [LoggerMessage(140, LogLevel.Information, "slo.json was read again: {Routes}.")]
    private partial void LogRead(string routes);

    [LoggerMessage(141, LogLevel.Error, "The change of slo.json is not taken: {Errors}")]
    private partial void LogRefused(string errors);

    [LoggerMessage(142, LogLevel.Warning, "{Message}")]
    private partial void LogRaised(string message);

    [LoggerMessage(143, LogLevel.Information, "{Message}")]
    private partial void LogResolved(string message);

    [LoggerMessage(144, LogLevel.Warning, "The objectives could not be looked at; it is tried again in ten seconds.")]
    private partial void LogFailed(Exception exception);
}
