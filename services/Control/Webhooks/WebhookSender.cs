using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Slipway.Control.Data;
using Slipway.Control.Events;

namespace Slipway.Control.Webhooks;

/// <summary>
/// Posts events to webhooks, each at least once: deliveries are rows that a success deletes. What fails is tried again after 5 s, 30 s, 2, 10 and 30 minutes, then every hour, and given up after a
/// day. A webhook has at most <see cref="MaxWaiting"/> deliveries waiting; beyond that the oldest are dropped, and that is told in the log.
/// </summary>
internal sealed partial class WebhookSender(
    IDbContextFactory<ControlDb> databases, WebhookOptions webhooks, EventStore events, WebhookClient client, IOptions<JsonOptions> json, TimeProvider time, ILogger<WebhookSender> logger) : BackgroundService
{
    internal const int MaxWaiting = 10_000;
    internal static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);

    private const int AtOnce = 50;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30)];
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ForgetOthersAsync(stoppingToken);
        if (webhooks.All.Count == 0) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            var added = events.Added;
            var failed = false;
            try
            {
                // Each on its own: one that does not answer must not hold up the others.
                await Task.WhenAll(webhooks.All.Select(webhook => SendAsync(webhook, stoppingToken)));
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                failed = true;
                LogFailed(exception);
            }

            try
            {
                if (failed) await Task.Delay(Idle, time, stoppingToken);
                else await added.WaitAsync(Idle, time, stoppingToken);
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
            }
        }
    }

    /// <summary>Sends what is due to one webhook, oldest first.</summary>
    internal async Task SendAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        await DropTooManyAsync(database, webhook, cancellationToken);
        while (true)
        {
            var now = time.GetUtcNow();
            var due = await database.Deliveries.AsNoTracking().Where(row => row.Webhook == webhook.Name && row.DueUnixMs <= now.ToUnixTimeMilliseconds())
                .OrderBy(row => row.Id).Take(AtOnce).Join(database.Events, row => row.EventId, row => row.Id, (delivery, told) => new { delivery, told }).OrderBy(item => item.delivery.Id).ToListAsync(cancellationToken);
            foreach (var item in due)
            {
                if (await TrySendAsync(webhook, item.told, cancellationToken)) await database.Deliveries.Where(row => row.Id == item.delivery.Id).ExecuteDeleteAsync(cancellationToken);
                else await PutOffAsync(database, webhook, item.delivery, item.told, cancellationToken);
            }

            if (due.Count < AtOnce) return;
        }
    }

    private async Task<bool> TrySendAsync(Webhook webhook, EventRow told, CancellationToken cancellationToken)
    {
        var (id, at) = ("evt_" + told.Id.ToString(CultureInfo.InvariantCulture), time.GetUtcNow());
        var body = JsonSerializer.Serialize(new { type = told.Kind, timestamp = DateTimeOffset.FromUnixTimeMilliseconds(told.TimeUnixMs), data = EventResponse.From(told) }, json.Value.SerializerOptions);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(webhook.Secret, id, at, body));
        try
        {
            using var response = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.IsSuccessStatusCode) return true;
            LogRefused(webhook.Name, told.Kind, (int)response.StatusCode);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogAway(webhook.Name, told.Kind, exception.GetType().Name);
        }

        return false;
    }

    private async Task PutOffAsync(ControlDb database, Webhook webhook, DeliveryRow delivery, EventRow told, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = now + (delivery.Attempts < Pauses.Length ? Pauses[delivery.Attempts] : LongestPause);
        if (due.ToUnixTimeMilliseconds() - told.TimeUnixMs > MaxAge.TotalMilliseconds)
        {
            await database.Deliveries.Where(row => row.Id == delivery.Id).ExecuteDeleteAsync(cancellationToken);
            LogGivenUp(webhook.Name, told.Kind, delivery.Attempts + 1);
            return;
        }

        await database.Deliveries.Where(row => row.Id == delivery.Id)
            .ExecuteUpdateAsync(row => row.SetProperty(value => value.Attempts, delivery.Attempts + 1).SetProperty(value => value.DueUnixMs, due.ToUnixTimeMilliseconds()), cancellationToken);
    }

    /// <summary>What waits for a webhook that is no longer configured.</summary>
    private async Task ForgetOthersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var names = webhooks.All.Select(webhook => webhook.Name).ToList();
            await using var database = await databases.CreateDbContextAsync(cancellationToken);
            await database.Deliveries.Where(row => !names.Contains(row.Webhook)).ExecuteDeleteAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception);
        }
    }

    private async Task DropTooManyAsync(ControlDb database, Webhook webhook, CancellationToken cancellationToken)
    {
        var waiting = database.Deliveries.Where(row => row.Webhook == webhook.Name);
        var last = await waiting.OrderByDescending(row => row.Id).Select(row => (long?)row.Id).Skip(MaxWaiting).FirstOrDefaultAsync(cancellationToken);
        if (last is { } id) LogDropped(webhook.Name, await waiting.Where(row => row.Id <= id).ExecuteDeleteAsync(cancellationToken));
    }

    [LoggerMessage(150, LogLevel.Warning, "The webhook {Webhook} answered {Status} to {Kind}; it is tried again later.")]
    private partial void LogRefused(string webhook, string kind, int status);

    [LoggerMessage(151, LogLevel.Warning, "The webhook {Webhook} did not answer to {Kind} ({Reason}); it is tried again later.")]
    private partial void LogAway(string webhook, string kind, string reason);

    [LoggerMessage(152, LogLevel.Error, "The webhook {Webhook} did not take {Kind} in {Attempts} attempts over a day: it is given up.")]
    private partial void LogGivenUp(string webhook, string kind, int attempts);

    [LoggerMessage(153, LogLevel.Error, "The webhook {Webhook} has too many deliveries waiting: the oldest {Count} were dropped.")]
    private partial void LogDropped(string webhook, int count);

    [LoggerMessage(154, LogLevel.Warning, "Deliveries to webhooks could not be read or written; it is tried again.")]
    private partial void LogFailed(Exception exception);
}

/// <summary>How webhooks are called: ten seconds for an answer, no redirects, and no discovery or retries of the stack's own.</summary>
internal sealed class WebhookClient : IDisposable
{
    internal HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = TimeSpan.FromSeconds(10) };

    public void Dispose() => Http.Dispose();
}
