using System.Diagnostics.Metrics;
using Slipway.ModelBroker.Tests.Support;

namespace Slipway.ModelBroker.Tests.Providers;

/// <summary>Chunks that are no JSON.</summary>
public sealed class MalformedChunkTests
{
    [Theory]
    [InlineData("openai")]
    [InlineData("azure")]
    [InlineData("azure-deployments")]
    [InlineData("ollama")]
    [InlineData("anthropic")]
    public async Task A_malformed_chunk_is_passed_over_and_counted_wherever_it_stands(string type)
    {
        // In front of the first piece, in the middle, and after the last.
        string[] models = ["sim:malformed=0", "sim:malformed", "sim:malformed=100000"];
        var skipped = 0L;
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name == "slipway.model.skipped_chunks") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Interlocked.Add(ref skipped, tags[0].Value is "p" ? value : 0));
        listener.Start();
        await using var setup = new ProviderSetup(type, models);
        foreach (var model in models)
        {
            var events = await setup.Broker.StreamAsync(BrokerHost.Ask(model: model));
            Assert.Equal((model, 40), (model, string.Concat(events.Select(item => item.Text)).Split(' ').Length));
            Assert.Equal(("stop", 40, false), (events[^1].Completed.FinishReason, events[^1].Completed.Usage.CompletionTokens, events[^1].Completed.Usage.Estimated));
        }

        // Each provider was asked once.
        Assert.Equal(models, setup.Sim.Log.Since(0).Select(entry => entry.Model));
        Assert.True(skipped >= models.Length, $"{skipped} were counted.");
    }
}
