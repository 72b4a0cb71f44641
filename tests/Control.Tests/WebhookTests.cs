using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Slipway.Control.Data;
using Slipway.Control.Events;
using Slipway.Control.Webhooks;
using Slipway.Testing;

namespace Slipway.Control.Tests;

public sealed class WebhookTests : IAsyncLifetime
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("a secret of thirty-two bytes....");

    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<(string Id, string Timestamp, string Signature, string Body)> _received = new();
    private readonly ConcurrentQueue<int> _answers = new();
    private WebApplication _receiver = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _receiver = builder.Build();
        _receiver.MapPost("/hook", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers;
            _received.Enqueue((headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString(), await reader.ReadToEndAsync(Cancel)));
            return Results.StatusCode(_answers.TryDequeue(out var status) ? status : 200);
        });
        await _receiver.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_event_is_posted_signed_and_again_until_it_is_taken_with_the_same_id()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await StartAsync(time);
        _answers.Enqueue(500);
        _answers.Enqueue(302);
        await TellAsync(host, "slo_alert_raised", "page");
        await UntilAsync(host, time, () => _received.Count == 3);
        await UntilAsync(host, time, () => Waiting(host) == 0);

        Assert.Single(_received.Select(received => received.Id).Distinct());
        foreach (var (id, timestamp, signature, body) in _received)
        {
            // What standardwebhooks.com tells a receiver to do.
            Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}"))), signature);
            var told = JsonNode.Parse(body)!;
            Assert.Equal(("slo_alert_raised", "page", "answers"), ((string?)told["type"], (string?)told["data"]!["severity"], (string?)told["data"]!["subject"]));
        }
    }

    [Fact]
    public async Task What_was_not_taken_outlives_a_restart_and_is_given_up_after_a_day()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        for (var i = 0; i < 1000; i++) _answers.Enqueue(503);
        await using (var host = await StartAsync(time))
        {
            await TellAsync(host, "slo_alert_raised", "page");
            await UntilAsync(host, time, () => !_received.IsEmpty);
        }

        await using var again = await StartAsync(time);
        var before = _received.Count;
        await UntilAsync(again, time, () => _received.Count > before);
        Assert.Single(_received.Select(received => received.Id).Distinct());
        for (var hour = 0; hour < 30 && Waiting(again) > 0; hour++)
        {
            time.Advance(TimeSpan.FromHours(1));
            await SendAsync(again);
        }

        Assert.Equal(0, Waiting(again));
        // The sender goes on by itself beside the test: at least once is the promise.
        Assert.InRange(_received.Count, 15, 100);
    }

    [Fact]
    public async Task A_webhook_hears_of_the_kinds_that_it_asked_for_and_by_default_of_nothing_that_is_mere_information()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await StartAsync(time, ("Slipway:Control:Webhooks:models:Url", _receiver.Urls.Single() + "/hook"), ("Slipway:Control:Webhooks:models:Secret", Convert.ToBase64String(Secret)), ("Slipway:Control:Webhooks:models:Kinds", "model_version, model_fingerprint"));
        await TellAsync(host, "slo_file_changed", "info");
        await TellAsync(host, "slo_alert_resolved", "info");
        await TellAsync(host, "model_version", "warning");
        await UntilAsync(host, time, () => Waiting(host) == 0);
        Assert.Equal(["model_version", "model_version", "slo_alert_resolved"], _received.Select(received => (string)JsonNode.Parse(received.Body)!["type"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Wrong_settings_are_all_told_and_no_secret_is()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Slipway:Control:Webhooks:one:Url"] = "nowhere", ["Slipway:Control:Webhooks:one:Secret"] = "short-secret",
            ["Slipway:Control:Webhooks:two:Url"] = "https://example.com/x",
        }).Build();
        var message = Assert.Throws<InvalidOperationException>(() => WebhookOptions.Read(configuration)).Message;
        Assert.Contains("Webhooks:one:Url must be an address", message, StringComparison.Ordinal);
        Assert.Contains("Webhooks:one:Secret must be 24 to 64 bytes", message, StringComparison.Ordinal);
        Assert.Contains("Webhooks:two:Secret", message, StringComparison.Ordinal);
        Assert.DoesNotContain("short-secret", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_of_the_standard_is_signed_as_it_says()
    {
        // https://github.com/standard-webhooks/standard-webhooks, libraries' own tests.
        var secret = WebhookSignature.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookSignature.Sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), "{\"test\": 2432232314}"));
    }

    private Task<ControlHost> StartAsync(FakeTimeProvider time, params (string, string)[] more) => ControlHost.StartAsync(
        _folder, null, time: time, settings: [("Slipway:Control:Webhooks:ops:Url", _receiver.Urls.Single() + "/hook"), ("Slipway:Control:Webhooks:ops:Secret", "whsec_" + Convert.ToBase64String(Secret)), .. more]);

    private static Task TellAsync(ControlHost host, string kind, string severity) =>
        host.Services.GetRequiredService<EventStore>().AddAsync([new NewEvent(kind, severity, "answers", "message", [])], null, Cancel);

    /// <summary>The sender's own loop and the test may send the same at the same time: at least once is the promise.</summary>
    private static async Task UntilAsync(ControlHost host, FakeTimeProvider time, Func<bool> done) => await Eventually.TrueAsync(() =>
    {
        if (!done()) time.Advance(TimeSpan.FromSeconds(10));
        return Task.FromResult(done());
    });

    private static async Task SendAsync(ControlHost host)
    {
        var sender = host.Services.GetRequiredService<WebhookSender>();
        foreach (var webhook in host.Services.GetRequiredService<WebhookOptions>().All) await sender.SendAsync(webhook, Cancel);
    }

    private static int Waiting(ControlHost host)
    {
        using var database = host.Services.GetRequiredService<IDbContextFactory<ControlDb>>().CreateDbContext();
        return database.Deliveries.Count();
    }
}
