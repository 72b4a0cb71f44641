using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Control.Data;

namespace Slipway.Control.Events;

/// <summary>The kinds of events.</summary>
internal static class EventKinds
{
    internal const string AlertRaised = "slo_alert_raised";
    internal const string AlertResolved = "slo_alert_resolved";
    internal const string SloChanged = "slo_file_changed";
    internal const string SloRefused = "slo_file_refused";
    internal const string CheapStarted = "cheap_mode_started";
    internal const string CheapEnded = "cheap_mode_ended";

    /// <summary>What the model broker noticed about a model: this and its own word, such as model_version.</summary>
    internal const string ModelPrefix = "model_";
}

/// <summary>What happened, before it is kept.</summary>
/// <param name="Kind">One of <see cref="EventKinds"/>.</param>
/// <param name="Severity">page, ticket, warning or info.</param>
/// <param name="Subject">The route, the model or the file that it is about.</param>
/// <param name="Message">For people: the reason in words and figures.</param>
/// <param name="Details">For machines: a JSON object.</param>
/// <param name="Source">Where it is told again and again by somebody else, what makes it one event; null otherwise.</param>
internal sealed record NewEvent(string Kind, string Severity, string Subject, string Message, JsonObject Details, string? Source = null);

/// <summary>Something that happened.</summary>
/// <param name="Id">Larger for what happened later.</param>
/// <param name="At">When it was noticed.</param>
/// <param name="Kind">slo_alert_raised, slo_alert_resolved, slo_file_changed, slo_file_refused, cheap_mode_started, cheap_mode_ended, or model_ and what the model broker noticed.</param>
/// <param name="Severity">page (somebody must look now), ticket (somebody must look), warning or info.</param>
/// <param name="Subject">The route, the model or the file that it is about.</param>
/// <param name="Message">The reason in words and figures.</param>
/// <param name="Details">The same for machines; which fields there are depends on the kind.</param>
internal sealed record EventResponse(string Id, DateTimeOffset At, string Kind, string Severity, string Subject, string Message, JsonObject Details)
{
    internal static EventResponse From(EventRow row) => new(
        row.Id.ToString(CultureInfo.InvariantCulture), DateTimeOffset.FromUnixTimeMilliseconds(row.TimeUnixMs), row.Kind, row.Severity, row.Subject, row.Message, JsonNode.Parse(row.Details)!.AsObject());
}

/// <summary>A page of events.</summary>
/// <param name="Events">Newest first.</param>
/// <param name="Next">The <c>before</c> of the next page; null on the last.</param>
internal sealed record EventsResponse(IReadOnlyList<EventResponse> Events, string? Next);
