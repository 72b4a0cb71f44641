using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Control.Events;
using Slipway.Control.Slo;

namespace Slipway.Control.Tests;

/// <summary>Events as a list and as a stream, and the objectives.</summary>
public abstract partial class ControlTests<TDatabase>
{
    [Fact]
    public async Task Events_are_listed_newest_first_by_kind_severity_and_subject_page_by_page()
    {
        SkipUnlessThere();
        await TellAsync(("slo_alert_raised", "page", "answers"), ("slo_alert_raised", "ticket", "embeddings"), ("slo_alert_resolved", "info", "answers"), ("model_version", "warning", "gpt"));
        Assert.Equal(["model_version", "slo_alert_resolved", "slo_alert_raised", "slo_alert_raised"], await KindsAsync(""));
        Assert.Equal(2, (await KindsAsync("?kind=slo_alert_raised")).Count);
        Assert.Equal(["slo_alert_resolved", "slo_alert_raised"], await KindsAsync("?subject=answers"));
        Assert.Equal(["model_version"], await KindsAsync("?severity=warning"));
        Assert.Empty(await KindsAsync("?severity=warning&subject=answers"));

        var first = await _control.GetAsync("/admin/events?limit=3");
        var second = await _control.GetAsync("/admin/events?limit=3&before=" + first.GetProperty("next").GetString());
        Assert.Equal((3, 1), (first.GetProperty("events").GetArrayLength(), second.GetProperty("events").GetArrayLength()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal(1, first.GetProperty("events")[0].GetProperty("details").GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task Server_sent_events_go_on_where_the_client_left_off()
    {
        SkipUnlessThere();
        await TellAsync(("slo_alert_raised", "page", "answers"));
        using (var fresh = await StreamAsync(null))
        {
            await TellAsync(("slo_alert_resolved", "info", "answers"));
            Assert.Equal("slo_alert_resolved", (await fresh.NextAsync()).GetProperty("kind").GetString());
        }

        var seen = (await _control.GetAsync("/admin/events?kind=slo_alert_raised")).GetProperty("events")[0].GetProperty("id").GetString();
        await TellAsync(("model_version", "warning", "gpt"));
        using var again = await StreamAsync(seen);
        Assert.Equal("slo_alert_resolved", (await again.NextAsync()).GetProperty("kind").GetString());
        Assert.Equal("model_version", (await again.NextAsync()).GetProperty("kind").GetString());
        await TellAsync(("model_fingerprint", "warning", "gpt"));
        Assert.Equal("model_fingerprint", (await again.NextAsync()).GetProperty("kind").GetString());
        using var wrong = new HttpRequestMessage(HttpMethod.Get, "/admin/events") { Headers = { { "Accept", "text/event-stream" }, { "Last-Event-ID", "yesterday" } } };
        using var refused = await _control.Admin.SendAsync(wrong, Token);
        Assert.Equal(400, (int)refused.StatusCode);
    }

    [Fact]
    public async Task What_a_source_tells_again_is_one_event()
    {
        SkipUnlessThere();
        var store = _control.Services.GetRequiredService<EventStore>();
        for (var i = 0; i < 3; i++) await store.AddAsync([new NewEvent("model_version", "warning", "gpt", "m", [], "model:gpt:1")], null, Token);
        Assert.Single(await KindsAsync(""));
    }

    [Fact]
    public async Task The_objectives_are_told_with_what_was_spent_of_them()
    {
        SkipUnlessThere();
        await _control.AppendAsync(Record("quick", 100), Record("slow", 6000));
        await _control.Services.GetRequiredService<SloService>().LookAsync(Token);
        var slo = await _control.GetAsync("/admin/slo");
        var answers = slo.GetProperty("routes").EnumerateArray().Single(route => route.GetProperty("route").GetString() == "answers").GetProperty("objectives").EnumerateArray().ToDictionary(objective => objective.GetProperty("objective").GetString()!);
        Assert.Equal(2500, answers["end_to_end"].GetProperty("target").GetDouble());
        var window = answers["end_to_end"].GetProperty("windows").EnumerateArray().Single(window => window.GetProperty("minutes").GetInt32() == 5);
        Assert.Equal((2, 0.5, 10), (window.GetProperty("requests").GetInt64(), window.GetProperty("measured").GetDouble(), window.GetProperty("burn_rate").GetDouble()));
        Assert.Equal(0, slo.GetProperty("alerts").GetArrayLength());
    }

    private async Task TellAsync(params (string Kind, string Severity, string Subject)[] events) => await _control.Services.GetRequiredService<EventStore>()
        .AddAsync([.. events.Select(told => new NewEvent(told.Kind, told.Severity, told.Subject, "message", new JsonObject { ["n"] = 1 }))], null, Token);

    private async Task<List<string>> KindsAsync(string query) =>
        [.. (await _control.GetAsync("/admin/events" + query)).GetProperty("events").EnumerateArray().Select(told => told.GetProperty("kind").GetString()!)];

    private async Task<SentEvents> StreamAsync(string? lastSeen)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/events") { Headers = { { "Accept", "text/event-stream" } } };
        if (lastSeen is not null) request.Headers.Add("Last-Event-ID", lastSeen);
        var response = await _control.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var events = new SentEvents(response, new StreamReader(await response.Content.ReadAsStreamAsync(Token)));
        // What comes first says that the stream stands where the newest event is.
        Assert.Equal(": connected", await events.LineAsync());
        return events;
    }

    private sealed class SentEvents(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public async Task<string> LineAsync() => (await reader.ReadLineAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token))!;

        public async Task<JsonElement> NextAsync()
        {
            string? id = null;
            while (true)
            {
                var line = await LineAsync();
                if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
                if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
                var told = JsonDocument.Parse(line[6..]).RootElement;
                Assert.Equal(id, told.GetProperty("id").GetString());
                return told;
            }
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
