using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Slipway.Control.Data;
using Slipway.Control.Events;
using Slipway.Control.Slo;

namespace Slipway.Control.Tests;

/// <summary>Objectives over hours and days, by a clock that the test moves.</summary>
public sealed class SloTests : IDisposable
{
    private readonly KpiRig _rig = new(Slo());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Each_alert_is_raised_once_when_both_its_windows_burn_and_resolved_once_when_the_short_one_is_clearly_slower()
    {
        await PassAsync(minutes: 60, failed: 0);
        Assert.Empty(await EventsAsync());

        // All fail: after N minutes the hour burns at N/60 of 1/0.01.
        await PassAsync(minutes: 8, failed: 10);
        Assert.Equal(["lasting", "slow"], (await EventsAsync()).Select(Rule));
        await PassAsync(minutes: 4, failed: 10);
        var raised = await EventsAsync();
        Assert.Equal(["lasting", "slow", "fast"], raised.Select(Rule));
        Assert.Equal([("slo_alert_raised", "ticket"), ("slo_alert_raised", "page"), ("slo_alert_raised", "page")], raised.Select(told => (told.Kind, told.Severity)));
        Assert.Matches(@"^answers: in the last hour [\d.]+ % of [\d,]+ requests failed, where 1 % may: [\d.]+ times what the objective allows, and [\d.]+ times in the last 5 minutes\.$", raised[2].Message);

        // A restart neither forgets nor repeats.
        await _rig.WriteAsync();
        _rig.Start();
        await PassAsync(minutes: 1, failed: 10);
        Assert.Equal(3, (await EventsAsync()).Count);
        Assert.Equal(3, _rig.Slo.Standing!.Alerts.Count);

        await PassAsync(minutes: 10, failed: 0);
        Assert.Equal(["fast"], (await EventsAsync()).Skip(3).Select(Rule));
        await PassAsync(minutes: 40, failed: 0);
        Assert.Equal(["fast", "slow"], (await EventsAsync()).Skip(3).Select(Rule));
        await PassAsync(minutes: 6 * 60, failed: 0);
        Assert.Equal(["fast", "slow", "lasting"], (await EventsAsync()).Skip(3).Select(Rule));
        Assert.All((await EventsAsync()).Skip(3), told => Assert.Equal(("slo_alert_resolved", "info", "answers"), (told.Kind, told.Severity, told.Subject)));
        Assert.Empty(_rig.Slo.Standing!.Alerts);

        static string Rule(EventRow told) => (string)JsonNode.Parse(told.Details)!["rule"]!;
    }

    [Fact]
    public async Task Few_requests_are_no_evidence_and_silence_is_no_recovery()
    {
        await PassAsync(minutes: 9, failed: 10);
        Assert.Empty(await EventsAsync());
        await PassAsync(minutes: 2, failed: 10);
        Assert.Equal(3, (await EventsAsync()).Count);

        for (var minute = 0; minute < 30; minute++)
        {
            _rig.Time.Advance(TimeSpan.FromMinutes(1));
            await _rig.Slo.LookAsync(Cancel);
        }

        Assert.Equal(3, _rig.Slo.Standing!.Alerts.Count);
        Assert.Equal(3, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Slow_stages_a_slow_whole_and_dear_requests_are_told_with_what_is_allowed()
    {
        // The stage "model" takes half and "retrieval" a quarter of 4 s; each request costs a thousandth of a dollar.
        for (var minute = 0; minute < 15; minute++)
        {
            for (var i = 0; i < 10; i++) _rig.Count(i < 9 ? 4000 : 100);
            _rig.Time.Advance(TimeSpan.FromMinutes(1));
            await _rig.Slo.LookAsync(Cancel);
        }

        var events = await EventsAsync();
        var objectives = events.Select(told => (string)JsonNode.Parse(told.Details)!["objective"]!).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["cost", "end_to_end", "model", "retrieval", "without_model"], objectives);
        Assert.Contains(events, told => told.Message.StartsWith("answers: in the last hour 90.0 % of ", StringComparison.Ordinal) && told.Message.Contains(" requests took more than 2,500 ms end to end, where 5 % may: 18 times", StringComparison.Ordinal));
        Assert.Contains(events, told => told.Message.StartsWith("answers: in the last 3 days ", StringComparison.Ordinal) && told.Message.Contains(" requests cost 1 USD per 1,000, where 0.5 USD are allowed: 2 times", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broken_edit_is_refused_with_every_error_and_a_good_one_counts_for_what_was()
    {
        await PassAsync(minutes: 20, failed: 1);
        Assert.Equal(["lasting", "slow"], (await EventsAsync()).Select(told => (string)JsonNode.Parse(told.Details)!["rule"]!).Order(StringComparer.Ordinal));

        await File.WriteAllTextAsync(_rig.SloPath, """{ "routes": { "default": { "endToEndMs": 1, "failureRate": 7 } }, "alerts": { "leastRequests": "many" } }""", Cancel);
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        await _rig.Slo.LookAsync(Cancel);
        var refused = Assert.Single(await EventsAsync(), told => told.Kind == EventKinds.SloRefused);
        foreach (var error in new[] { "routes.default.endToEndMs is 1", "routes.default.failureRate is 7", "routes.default.stages is missing", "alerts.leastRequests is \"many\"" })
            Assert.Contains(error, refused.Message, StringComparison.Ordinal);
        Assert.True(JsonNode.Parse(refused.Details)!["errors"]!.AsArray().Count >= 4);
        Assert.Equal(2, _rig.Slo.Standing!.Alerts.Count);

        await File.WriteAllTextAsync(_rig.SloPath, Slo(failureRate: 0.5), Cancel);
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        await _rig.Slo.LookAsync(Cancel);
        Assert.Empty(_rig.Slo.Standing!.Alerts);
        Assert.Single(await EventsAsync(), told => told.Kind == EventKinds.SloChanged);
    }

    [Fact]
    public async Task After_a_restart_the_windows_are_those_of_the_roll_ups()
    {
        var random = new Random(5);
        for (var minute = 0; minute < 10 * 60; minute++)
        {
            for (var i = 0; i < 4; i++) _rig.Count(random.Next(3000), i == 0 ? "embeddings" : "answers", "t" + i, random.Next(20) == 0 ? 503 : 200);
            _rig.Time.Advance(TimeSpan.FromMinutes(1));
            if (minute % 10 != 0) continue;
            await _rig.WriteAsync();
            await _rig.Hours.MakeAsync(Cancel);
        }

        await _rig.WriteAsync();
        await _rig.Hours.MakeAsync(Cancel);
        // The clock stands still: what is looked at again is read from the database alone, for minutes in memory from what the start has read.
        await _rig.Slo.LookAsync(Cancel);
        var before = Describe();
        _rig.Start();
        await _rig.Slo.LookAsync(Cancel);
        Assert.Equal(before, Describe());
        Assert.Equal(2, _rig.Slo.Standing!.Tallies.Count);
        Assert.InRange(_rig.Slo.Standing.Tallies["answers"][BurnRule.LongestMinutes].Requests, 1799, 1800);

        string Describe() => string.Join('\n', _rig.Slo.Standing!.Tallies.OrderBy(route => route.Key).SelectMany(route => route.Value.Select(window =>
            $"{route.Key} {window.Key} {window.Value.Requests} {window.Value.Failures} {window.Value.CostUsd:F6} {window.Value.BurnOf(0, 1)} {window.Value.BurnOf(5, 1)}")));
    }

    [Fact]
    public async Task Cheap_mode_is_told_when_it_begins_and_when_it_is_over()
    {
        Count(cheap: true);
        await _rig.Slo.LookAsync(Cancel);
        await _rig.Slo.LookAsync(Cancel);
        var begun = Assert.Single(await EventsAsync());
        Assert.Equal((EventKinds.CheapStarted, "answers"), (begun.Kind, begun.Subject));
        for (var minute = 0; minute < 32; minute++)
        {
            _rig.Time.Advance(TimeSpan.FromMinutes(1));
            Count(cheap: false);
            await _rig.Slo.LookAsync(Cancel);
        }

        Assert.Equal([EventKinds.CheapStarted, EventKinds.CheapEnded], (await EventsAsync()).Select(told => told.Kind));

        void Count(bool cheap)
        {
            var record = new Contracts.RequestRecord { RequestId = Guid.NewGuid().ToString(), Route = "answers", Tenant = "t", Release = "r", Status = 200, TotalMs = 1, TimeUnixMs = _rig.Time.GetUtcNow().ToUnixTimeMilliseconds() };
            if (cheap) record.Degraded.Add("flags=cheap");
            _rig.Store.Append([record], 0);
        }
    }

    private static string Slo(double failureRate = 0.01)
    {
        var json = JsonNode.Parse("""
            {
              "routes": {
                "default": {
                  "endToEndMs": 2500, "withoutModelMs": 800, "streamMs": 120000, "costPer1000Usd": 0.5,
                  "stages": { "gateway": 20, "flags": 5, "cache": 60, "retrieval": 400, "prompt": 150, "model": 1700, "post": 50, "record": 5 }
                }
              },
              "alerts": { "leastRequests": 100 }
            }
            """)!;
        json["routes"]!["default"]!["failureRate"] = failureRate;
        return json.ToJsonString();
    }

    /// <summary>Ten quick requests a minute, so many of them failed; they cost a tenth of the budget.</summary>
    private async Task PassAsync(int minutes, int failed)
    {
        for (var minute = 0; minute < minutes; minute++)
        {
            for (var i = 0; i < 10; i++)
            {
                _rig.Store.Append(
                    [
                        new Contracts.RequestRecord
                        {
                            RequestId = Guid.NewGuid().ToString(), Route = "answers", Tenant = "t", Release = "r", Status = i < failed ? 503 : 200, TotalMs = 10, StageMs = { ["model"] = 8 },
                            TimeUnixMs = _rig.Time.GetUtcNow().ToUnixTimeMilliseconds(), CostUsd = 0.00005,
                        },
                    ], 0);
            }

            _rig.Time.Advance(TimeSpan.FromMinutes(1));
            await _rig.Slo.LookAsync(Cancel);
        }
    }

    private async Task<List<EventRow>> EventsAsync()
    {
        await using var database = _rig.CreateDbContext();
        return await database.Events.AsNoTracking().OrderBy(row => row.Id).ToListAsync(Cancel);
    }
}
