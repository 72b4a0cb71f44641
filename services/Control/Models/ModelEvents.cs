using System.Globalization;
using System.Text.Json.Nodes;
using OpenTelemetry;
using Slipway.Contracts;
using Slipway.Control.Events;
using Slipway.Control.Timing;

namespace Slipway.Control.Models;

/// <summary>Takes what the model broker noticed about models into the events: asked every thirty seconds, kept once.</summary>
internal sealed partial class ModelEvents(ModelBrokerService.ModelBrokerServiceClient broker, EventStore events, TimeProvider time, ILogger<ModelEvents> logger) : RepeatedService(Interval, time)
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Takes what is new.</summary>
    internal async Task TakeAsync(CancellationToken cancellationToken)
    {
        var reply = await DescribeAsync(cancellationToken);
        await events.AddAsync([.. reply.Events.Select(ToEvent)], null, cancellationToken);
    }

    protected override Task TurnAsync(CancellationToken cancellationToken) => TakeAsync(cancellationToken);

    /// <summary>It is away, or the database is: what it noticed it tells again.</summary>
    protected override void TurnFailed(Exception exception) => LogAway(exception.GetType().Name);

    private async Task<DescribeModelsResponse> DescribeAsync(CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        return await broker.DescribeModelsAsync(new DescribeModelsRequest(), deadline: (Time.GetUtcNow() + Patience).UtcDateTime, cancellationToken: cancellationToken);
    }

    private static NewEvent ToEvent(ModelEvent told) => new(
        EventKinds.ModelPrefix + told.Kind,
        told.Kind == "probe_recovered" ? "info" : "warning",
        told.Model,
        $"{told.Model}: {told.Detail}",
        new JsonObject { ["model"] = told.Model, ["noticed_at"] = UtcText.Of(told.TimeUnixMs) },
        string.Create(CultureInfo.InvariantCulture, $"model:{told.Model}:{told.Kind}:{told.TimeUnixMs}"));

    [LoggerMessage(145, LogLevel.Debug, "What the model broker noticed could not be taken ({Reason}).")]
    private partial void LogAway(string reason);
}
