using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Control.Tests;

public sealed class ModelsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_model_is_shown_with_what_answered_under_its_name_and_what_changed()
    {
        await using var broker = await Peer.StartAsync(new Broker());
        await using var host = await ControlHost.StartAsync(_folder, null, modelBroker: broker.Urls.Single());

        var json = JsonNode.Parse(await host.Admin.GetStringAsync("/admin/models", Cancel))!;

        Assert.Equal(
            """{"model":"gpt","provider":"openai","mode":"chat","deprecation_date":"2027-01-31","identities":[{"provider_model":"gpt-2026-01","fingerprint":"fp_1","first_seen":"2027-01-15T08:00:00+00:00","last_seen":"2027-01-15T08:00:01+00:00"}],"probes":[{"name":"capital","similarity":0.3333,"least_similarity":0.8,"within":false,"answered":"2027-01-15T08:00:02+00:00"}]}""",
            json["models"]![0]!.ToJsonString(Plain));
        Assert.Equal("""{"model":"quotes","provider":"extractive","mode":"chat","deprecation_date":null,"identities":[],"probes":[]}""", json["models"]![1]!.ToJsonString());
        Assert.Equal(["probe_failed", "version"], json["events"]!.AsArray().Select(told => (string?)told!["kind"]));
    }

    [Fact]
    public async Task What_the_broker_noticed_becomes_an_event_once_however_often_it_tells_it()
    {
        await using var broker = await Peer.StartAsync(new Broker());
        await using var host = await ControlHost.StartAsync(_folder, null, modelBroker: broker.Urls.Single());
        var taker = host.Services.GetServices<IHostedService>().OfType<Models.ModelEvents>().Single();
        for (var i = 0; i < 3; i++) await taker.TakeAsync(Cancel);

        var events = (await host.GetAsync("/admin/events?subject=gpt")).GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(["model_probe_failed", "model_version"], events.Select(told => told.GetProperty("kind").GetString()));
        Assert.Equal("gpt: The answer is far off.", events[0].GetProperty("message").GetString());
        Assert.Equal("2027-01-15T08:00:01Z", events[0].GetProperty("details").GetProperty("noticed_at").GetString());
    }

    [Fact]
    public async Task Without_the_broker_there_is_a_503_that_says_so()
    {
        await using var host = await ControlHost.StartAsync(_folder, null);
        var json = await host.GetAsync("/admin/models", 503);
        Assert.Equal("model_broker_unavailable", json.GetProperty("error").GetProperty("code").GetString());
    }

    private sealed class Broker : ModelBrokerService.ModelBrokerServiceBase
    {
        private const long At = 1_800_000_000_000;

        public override Task<DescribeModelsResponse> DescribeModels(DescribeModelsRequest request, ServerCallContext context) => Task.FromResult(new DescribeModelsResponse
        {
            Models =
            {
                new ModelState
                {
                    Model = "gpt", Provider = "openai", Mode = "chat", DeprecationDate = "2027-01-31",
                    Identities = { new ModelIdentity { ProviderModel = "gpt-2026-01", Fingerprint = "fp_1", FirstSeenUnixMs = At, LastSeenUnixMs = At + 1000 } },
                    Probes = { new ProbeState { Name = "capital", Similarity = 1.0 / 3, LeastSimilarity = 0.8, AnsweredUnixMs = At + 2000 } },
                },
                new ModelState { Model = "quotes", Provider = "extractive", Mode = "chat" },
            },
            Events =
            {
                new ModelEvent { TimeUnixMs = At, Model = "gpt", Kind = "version", Detail = "Another one answers." },
                new ModelEvent { TimeUnixMs = At + 1000, Model = "gpt", Kind = "probe_failed", Detail = "The answer is far off." },
            },
        });
    }
}
