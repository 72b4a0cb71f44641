using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ModelBroker.Routing;

/// <summary>Makes the attempts behind a call visible: failed ones cost nothing in the accounts, and would be seen nowhere else.</summary>
internal static class Attempts
{
    private static readonly Counter<long> Count = SlipwayTelemetry.Meter.CreateCounter<long>(
        "slipway.model.attempts", "{attempt}", "Attempts on models by outcome: ok, abandoned, or the kind of the failure.");

    /// <summary>Notes how an attempt ended.</summary>
    public static void Note(ModelCall call, CatalogModel model, string outcome)
    {
        Count.Add(1, new TagList { { "gen_ai.request.model", model.Name }, { "outcome", outcome } });
        call.Span?.AddEvent(new ActivityEvent("slipway.model.attempt", tags: new ActivityTagsCollection { { "gen_ai.request.model", model.Name }, { "outcome", outcome } }));
    }
}
