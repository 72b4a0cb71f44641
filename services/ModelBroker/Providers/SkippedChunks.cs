using System.Diagnostics.Metrics;
using Slipway.ModelBroker.Catalog;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ModelBroker.Providers;

/// <summary>Counts the chunks of streams that were passed over because they are not JSON: the answer goes on without them, and nothing else would tell.</summary>
internal static class SkippedChunks
{
    private static readonly Counter<long> Count = SlipwayTelemetry.Meter.CreateCounter<long>("slipway.model.skipped_chunks", "{chunk}", "Chunks of streamed answers that were passed over because they are not JSON.");

    public static void Note(CatalogProvider provider) => Count.Add(1, new KeyValuePair<string, object?>("slipway.model.provider", provider.Name));
}
