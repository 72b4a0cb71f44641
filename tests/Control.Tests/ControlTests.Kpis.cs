using System.Text.Json;
using Slipway.Contracts;

namespace Slipway.Control.Tests;

/// <summary>Windows, groups, filters, cache rates, failures, sampling.</summary>
public abstract partial class ControlTests<TDatabase>
{
    [Fact]
    public async Task Windows_reach_back_as_far_as_they_say()
    {
        SkipUnlessThere();
        var now = TimeProvider.System.GetUtcNow();
        foreach (var minutes in new[] { 0, 3, 30 })
        {
            var record = Record($"ago-{minutes}", 5, tenant: "t4");
            record.TimeUnixMs = now.AddMinutes(-minutes).ToUnixTimeMilliseconds();
            await _control.AppendAsync(record);
        }

        foreach (var (window, requests) in new[] { (1, 1), (5, 2), (60, 3) })
        {
            var kpis = await _control.GetAsync($"/admin/kpis?window={window}&tenant=t4");
            Assert.Equal(window, kpis.GetProperty("window_minutes").GetInt32());
            Assert.Equal(requests, kpis.GetProperty("total").GetProperty("requests").GetInt64());
            Assert.InRange(kpis.GetProperty("to").GetDateTimeOffset() - kpis.GetProperty("from").GetDateTimeOffset(), TimeSpan.FromMinutes(window), TimeSpan.FromMinutes(window + 1));
        }
    }

    [Fact]
    public async Task Groups_and_filters_add_up_to_the_whole()
    {
        SkipUnlessThere();
        var records = new List<RequestRecord>();
        foreach (var tenant in new[] { "g1", "g2" })
        {
            foreach (var route in new[] { "answers", "chat.completions" })
            {
                foreach (var release in new[] { "baseline", "next" })
                {
                    for (var i = 0; i < (tenant == "g1" ? 3 : 1); i++)
                    {
                        var record = Record($"{tenant}-{route}-{release}-{i}", 10, tenant: tenant);
                        (record.Route, record.Release) = (route, release);
                        records.Add(record);
                    }
                }
            }
        }

        await _control.AppendAsync([.. records]);
        Assert.Equal(16, Requests(await _control.GetAsync("/admin/kpis")));
        foreach (var (query, expected) in new[]
        {
            ("tenant=g1", 12), ("tenant=g2", 4), ("route=answers", 8), ("release=next", 8), ("tenant=g1&route=answers&release=next", 3), ("tenant=G1", 0), ("route=documents", 0),
        })
            Assert.True(expected == Requests(await _control.GetAsync("/admin/kpis?" + query)), query);

        foreach (var (groupBy, groups) in new[] { ("tenant", 2), ("route", 2), ("release", 2), ("route,tenant", 4), ("route,tenant,release", 8), ("release, tenant", 4) })
        {
            var kpis = await _control.GetAsync("/admin/kpis?group_by=" + Uri.EscapeDataString(groupBy));
            var found = kpis.GetProperty("groups").EnumerateArray().ToList();
            Assert.Equal(groups, found.Count);
            Assert.Equal(16, found.Sum(group => group.GetProperty("figures").GetProperty("requests").GetInt64()));
            foreach (var name in new[] { "route", "tenant", "release" })
                Assert.Equal(groupBy.Contains(name, StringComparison.Ordinal), found[0].GetProperty(name).ValueKind == JsonValueKind.String);
        }

        var byTenant = (await _control.GetAsync("/admin/kpis?group_by=tenant&release=next")).GetProperty("groups");
        Assert.Equal(["g1", "g2"], byTenant.EnumerateArray().Select(group => group.GetProperty("tenant").GetString()));
        Assert.Equal([6, 2], byTenant.EnumerateArray().Select(group => group.GetProperty("figures").GetProperty("requests").GetInt64()));
    }

    [Fact]
    public async Task Cache_rates_failures_degradations_and_reviews_are_told_apart()
    {
        SkipUnlessThere();
        var caches = new[] { "output", "output", "output", "retrieval", "miss", "miss", "", "" };
        var statuses = new[] { 200, 400, 401, 429, 499, 500, 502, 503, 504, 504 };
        var records = caches.Select((cache, i) => Record($"c{i}", 10, tenant: "t5", cache: cache)).ToList();
        records[0].Degraded.AddRange(["retrieval=keyword", "model=extractive"]);
        records[1].Degraded.Add("retrieval=keyword");
        records[2].Review = true;
        records[2].Confidence = 0.1;
        records[3].Stream = true;
        records[3].FirstTokenMs = 4;
        await _control.AppendAsync([.. records, .. statuses.Select((status, i) => Record($"s{i}", 10, tenant: "t6", status: status))]);
        await _control.Grpc.AppendRecordsAsync(new AppendRecordsRequest { Dropped = 7 }, ControlHost.Key, cancellationToken: Token);

        var kpis = await _control.GetAsync("/admin/kpis?tenant=t5");
        Assert.Equal(7, kpis.GetProperty("records_dropped").GetInt64());
        var total = kpis.GetProperty("total");
        var output = total.GetProperty("cache").GetProperty("output");
        Assert.Equal((3, 6, 0.5), (output.GetProperty("hits").GetInt64(), output.GetProperty("lookups").GetInt64(), output.GetProperty("hit_rate").GetDouble()));
        var retrieval = total.GetProperty("cache").GetProperty("retrieval");
        Assert.Equal((1, 3, 0.333333), (retrieval.GetProperty("hits").GetInt64(), retrieval.GetProperty("lookups").GetInt64(), retrieval.GetProperty("hit_rate").GetDouble()));
        Assert.Equal(2, total.GetProperty("degraded").GetProperty("count").GetInt64());
        Assert.Equal(2, total.GetProperty("degraded").GetProperty("by_rung").GetProperty("retrieval=keyword").GetInt64());
        Assert.Equal(0.8, total.GetProperty("reviews").GetProperty("mean_confidence").GetDouble(), 4);
        Assert.Equal(1, total.GetProperty("streams").GetInt64());
        Assert.Equal(1, total.GetProperty("first_token").GetProperty("count").GetInt64());
        Assert.Equal(0, total.GetProperty("failures").GetProperty("count").GetInt64());

        var failures = (await _control.GetAsync("/admin/kpis?tenant=t6")).GetProperty("total").GetProperty("failures");
        Assert.Equal((9, 0.9), (failures.GetProperty("count").GetInt64(), failures.GetProperty("share").GetDouble()));
        var byClass = failures.GetProperty("by_class");
        foreach (var (name, count) in new[] { ("client", 2), ("rate_limited", 1), ("canceled", 1), ("server", 2), ("unavailable", 1), ("timeout", 2) })
            Assert.True(count == byClass.GetProperty(name).GetInt64(), $"{name}: {byClass}");
        Assert.Equal(9, failures.GetProperty("by_code").GetProperty("service_unavailable").GetInt64());
    }

    [Fact]
    public async Task Without_data_rates_and_percentiles_are_null_everywhere()
    {
        SkipUnlessThere();
        var total = (await _control.GetAsync("/admin/kpis?tenant=nobody")).GetProperty("total");
        foreach (var path in new[]
        {
            "end_to_end.p50_ms", "end_to_end.p95_ms", "end_to_end.p99_ms", "end_to_end.max_ms", "first_token.p50_ms", "stages.model.p50_ms", "stages.retrieval.p99_ms", "cost_usd_per_1000_requests", "cache.output.hit_rate",
            "cache.retrieval.hit_rate", "failures.share", "degraded.share", "reviews.share", "reviews.mean_confidence",
        })
        {
            var value = path.Split('.').Aggregate(total, (element, name) => element.GetProperty(name));
            Assert.True(value.ValueKind == JsonValueKind.Null, $"{path}: {value}");
        }

        Assert.Equal(0, total.GetProperty("end_to_end").GetProperty("count").GetInt64());
    }

    [Fact]
    public async Task Sampling_keeps_the_failures_and_counts_everything()
    {
        SkipUnlessThere();
        var records = Enumerable.Range(0, 2000).Select(i => Record($"p{i}", 5, tenant: "t7")).ToArray();
        var failed = Enumerable.Range(0, 40).Select(i => Record($"f{i}", 5, tenant: "t7", status: 503)).ToArray();
        await _control.AppendAsync([.. records, .. failed]);
        await KpisAsync("window=5&tenant=t7", 2040);
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/admin/requests?tenant=t7&status=failed&limit=200")).GetProperty("requests").GetArrayLength() == 40);

        var all = new List<string>();
        for (string? next = ""; next is not null;)
        {
            var page = await _control.GetAsync($"/admin/requests?tenant=t7&limit=30&before={next}");
            all.AddRange(page.GetProperty("requests").EnumerateArray().Select(request => request.GetProperty("request_id").GetString()!));
            next = page.GetProperty("next").GetString();
        }

        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Equal(40, all.Count(id => id[0] == 'f'));
        // 50 ordinary ones a second: the call ran in one second, or over the edge of the next few.
        Assert.InRange(all.Count(id => id[0] == 'p'), 50, 500);
    }

    [Fact]
    public async Task A_request_is_known_twice_after_a_restart_too_and_tenants_may_choose_the_same_id()
    {
        SkipUnlessThere();
        await _control.AppendAsync(Record("same", 5, tenant: "t8"), Record("same", 5, tenant: "t8b"));
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/admin/requests?tenant=t8b")).GetProperty("requests").GetArrayLength() == 1);
        await _control.DisposeAsync();
        _control = await ControlHost.StartAsync(_folder, _database.ConnectionString);
        await _control.AppendAsync(Record("same", 5, tenant: "t8"), Record("new", 5, tenant: "t8"));
        Assert.Equal(2, Requests(await _control.GetAsync("/admin/kpis?tenant=t8")));
        Assert.Equal(1, Requests(await _control.GetAsync("/admin/kpis?tenant=t8b")));
        await FeedbackAsync("t8", "same", 1, "");
        Assert.Equal(JsonValueKind.Null, (await _control.GetAsync("/admin/requests/same?tenant=t8b")).GetProperty("feedback").ValueKind);
        Assert.Equal(1, (await _control.GetAsync("/admin/requests/same?tenant=t8")).GetProperty("feedback").GetProperty("rating").GetInt32());
    }

    [Fact]
    public async Task A_range_and_its_csv_say_the_same_as_the_window()
    {
        SkipUnlessThere();
        await _control.AppendAsync(Record("r1", 10, tenant: "t9"), Record("r2", 20, tenant: "t9, \"quoted\"", status: 503));
        var from = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddHours(-30).ToString("O"));
        var range = await _control.GetAsync($"/admin/kpis?from={from}&group_by=tenant");
        var window = await _control.GetAsync("/admin/kpis?window=60&group_by=tenant");
        Assert.Equal(window.GetProperty("total").GetRawText(), range.GetProperty("total").GetRawText());
        Assert.Equal(window.GetProperty("groups").GetRawText(), range.GetProperty("groups").GetRawText());
        Assert.Equal(0, range.GetProperty("series").GetArrayLength());

        using var asked = new HttpRequestMessage(HttpMethod.Get, $"/admin/kpis?from={from}&group_by=tenant") { Headers = { { "Accept", "text/csv" } } };
        using var response = await _control.Admin.SendAsync(asked, Token);
        Assert.Equal("text/csv", response.Content.Headers.ContentType!.MediaType);
        var lines = (await response.Content.ReadAsStringAsync(Token)).Split("\r\n");
        Assert.Equal(("", 4), (lines[^1], lines.Length));
        Assert.StartsWith("from,to,route,tenant,release,requests,streams,end_to_end_count,end_to_end_p50_ms,", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains(",,t9,,1,", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(",,\"t9, \"\"quoted\"\"\",,1,", StringComparison.Ordinal));
        Assert.Equal(lines[0].Split(',').Length, lines.Single(line => line.Contains(",,t9,,", StringComparison.Ordinal)).Split(',').Length);

        var series = await _control.Admin.GetStringAsync($"/admin/kpis?from={from}&step=60&format=csv", Token);
        Assert.Equal(3, series.Split("\r\n").Length);
    }

    private static long Requests(JsonElement kpis) => kpis.GetProperty("total").GetProperty("requests").GetInt64();
}
