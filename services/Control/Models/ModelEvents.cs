using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts;
using Slipway.Control.Events;

namespace Slipway.Control.Models;

/// <summary>Takes what the model broker noticed about models into the events: asked every thirty seconds, kept once.</summary>
internal sealed partial class ModelEvents(ModelBrokerService.ModelBrokerServiceClient broker, EventStore events, TimeProvider time, ILogger<ModelEvents> logger) : BackgroundService
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                try
                {
                    await TakeAsync(stoppingToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // It is away, or the database is: what it noticed it tells again.
                    LogAway(exception.GetType().Name);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Takes what is new.</summary>
    internal async Task TakeAsync(CancellationToken cancellationToken)
    {
        var reply = await broker.DescribeModelsAsync(new DescribeModelsRequest(), deadline: (time.GetUtcNow() + Patience).UtcDateTime, cancellationToken: cancellationToken);
        await events.AddAsync([.. reply.Events.Select(ToEvent)], null, cancellationToken);
    }

    private static NewEvent ToEvent(ModelEvent told) => new(
        EventKinds.ModelPrefix + told.Kind,
        told.Kind == "probe_recovered" ? "info" : "warning",
        told.Model,
        $"{told.Model}: {told.Detail}",
        new JsonObject { ["model"] = told.Model, ["noticed_at"] = DateTimeOffset.FromUnixTimeMilliseconds(told.TimeUnixMs).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) },
        string.Create(CultureInfo.InvariantCulture, $"model:{told.Model}:{told.Kind}:{told.TimeUnixMs}"));

    [LoggerMessage(145, LogLevel.Debug, "What the model broker noticed could not be taken ({Reason}).")]
    private partial void LogAway(string reason);
}
