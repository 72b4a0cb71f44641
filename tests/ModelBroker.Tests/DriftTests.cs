using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Drift;
using Slipway.ModelBroker.Tests.Support;
using Slipway.ServiceDefaults.Configuration;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

public sealed class DriftTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_answers_first_is_remembered_and_what_answers_instead_raises_one_event()
    {
        var drift = Watch();
        drift.Observe("m", "m-2026-01", "fp_1");
        drift.Observe("m", "m-2026-01", "fp_1");
        Assert.Empty(drift.Describe().Events);

        _time.Advance(TimeSpan.FromMinutes(1));
        drift.Observe("m", "m-2026-01", "fp_2");
        _time.Advance(TimeSpan.FromMinutes(1));
        drift.Observe("m", "m-2026-07", "fp_2");
        // A provider that moves back and forth has been seen.
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            drift.Observe("m", "m-2026-01", i % 2 == 0 ? "fp_1" : "fp_2");
        }

        drift.Observe("unknown", "x", "y");
        Assert.Equal([("fingerprint", "'fp_2'"), ("version", "'m-2026-07'")], drift.Describe().Events.Select(told => (told.Kind, told.Kind == "version" ? told.Detail.Split(' ')[0] : told.Detail.Split(' ')[5].TrimEnd(';'))));
        Assert.Equal([("m-2026-01", "fp_1"), ("m-2026-01", "fp_2"), ("m-2026-07", "fp_2")], drift.Describe().Models.Single(model => model.Model == "m").Identities.Select(seen => (seen.ProviderModel, seen.Fingerprint)));
    }

    [Fact]
    public void A_restart_forgets_neither_what_answered_nor_what_was_raised()
    {
        var before = Watch();
        before.Observe("m", "m-1", "fp_1");
        before.Observe("m", "m-2", "fp_1");

        var after = Watch();
        after.Observe("m", "m-1", "fp_1");
        after.Observe("m", "m-2", "fp_1");
        Assert.Equal("version", Assert.Single(after.Describe().Events).Kind);
        after.Observe("m", "m-3", "fp_1");
        Assert.Equal(2, after.Describe().Events.Count);
    }

    [Fact]
    public void Identities_and_events_are_bounded()
    {
        var drift = Watch();
        for (var i = 0; i < 300; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            drift.Observe("m", $"m-{i}", "");
        }

        Assert.Equal(200, drift.Describe().Events.Count);
        var identities = drift.Describe().Models.Single(model => model.Model == "m").Identities;
        Assert.Equal(DriftWatch.MostIdentities, identities.Count);
        Assert.Equal("m-299", identities[^1].ProviderModel);
    }

    [Fact]
    public void A_model_is_reported_once_when_its_last_day_is_within_sixty_days()
    {
        var drift = Watch();
        var checks = new DriftChecks(drift, Catalog(), null!, new ProbeFile(), _time, NullLogger<DriftChecks>.Instance);
        checks.LookAhead(new DateOnly(2026, 12, 1));
        Assert.Empty(drift.Describe().Events);
        checks.LookAhead(new DateOnly(2026, 12, 2));
        checks.LookAhead(new DateOnly(2027, 2, 1));
        var told = Assert.Single(drift.Describe().Events);
        Assert.Equal(("ending", "deprecation", "The provider switches it off on 2027-01-31."), (told.Model, told.Kind, told.Detail));
        Assert.Equal("2027-01-31", drift.Describe().Models.Single(model => model.Model == "ending").DeprecationDate);
    }

    [Fact]
    public void A_probe_changes_state_when_its_answer_leaves_its_tolerance_and_when_it_is_back()
    {
        var drift = Watch();
        Assert.False(drift.Note("m", Probe(0.9)));
        Assert.True(drift.Note("m", Probe(0.5)));
        Assert.False(drift.Note("m", Probe(0.4)));
        Assert.True(drift.Note("m", Probe(0.8)));
        Assert.Equal(0.8, Assert.Single(drift.Describe().Models.Single(model => model.Model == "m").Probes).Similarity);

        static ProbeState Probe(double similarity) => new() { Name = "p", Similarity = similarity, LeastSimilarity = 0.8 };
    }

    [Theory]
    [InlineData("Paris is the capital.", "The capital is PARIS!", 1)]
    [InlineData("Paris", "Rome", 0)]
    [InlineData("", " ... ", 1)]
    [InlineData("a b c d", "a b", 2.0 * 2 / 6)]
    [InlineData("a a", "a", 2.0 / 3)]
    public void Texts_are_as_alike_as_their_words(string a, string b, double expected)
    {
        Assert.Equal(expected, Similarity.Of(a, b), 9);
        Assert.Equal(expected, Similarity.Of(b, a), 9);
    }

    [Fact]
    public void Every_mistake_of_a_file_of_probes_is_told_at_once()
    {
        File.WriteAllText(_folder.File("probes.json"), """{ "everyMinutes": 0, "probes": { "a": { "model": "answer", "prompt": "", "expected": "", "leastSimilarity": 2, "maxTokens": 0 }, "b": null, "c": { "prompt": "p", "expected": "e" } } }""");
        var message = Assert.Throws<InvalidOperationException>(() => ProbeFile.Read(_folder.File("probes.json"), Catalog())).Message;
        foreach (var expected in (string[])["everyMinutes is 0", "probes.a.model is 'answer', an alias", "probes.a.prompt", "probes.a.expected", "probes.a.leastSimilarity is 2", "probes.a.maxTokens is 0", "probes.b is null", "probes.c.model is missing"])
            Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Empty(ProbeFile.Read(_folder.File("nowhere.json"), Catalog()).Probes);
        File.WriteAllText(_folder.File("probes.json"), """{ "prob": {} }""");
        Assert.Contains("line 1", Assert.Throws<InvalidOperationException>(() => ProbeFile.Read(_folder.File("probes.json"), Catalog())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_provider_answers_is_watched()
    {
        var fingerprint = "fp_1";
        await using var provider = new ScriptedProvider(context => ScriptedProvider.AnswerAsync(context, 200, ScriptedProvider.Whole.Replace("fp_1", fingerprint, StringComparison.Ordinal)));
        await using var broker = BrokerHost.For(provider.BaseUrl);
        await broker.CompleteAsync(BrokerHost.Ask());
        fingerprint = "fp_2";
        await broker.CompleteAsync(BrokerHost.Ask());
        var seen = await broker.Client.DescribeModelsAsync(new DescribeModelsRequest(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["fp_1", "fp_2"], seen.Models.Single(model => model.Model == "sim").Identities.Select(identity => identity.Fingerprint));
        Assert.Equal("fingerprint", Assert.Single(seen.Events).Kind);
    }

    private DriftWatch Watch() => new(Catalog(), new LastKnown<DescribeModelsResponse>(_folder.Path, "drift"), _time, NullLogger<DriftWatch>.Instance);

    private ModelCatalog Catalog()
    {
        File.WriteAllText(_folder.File("models.json"), """
            {
              "providers": { "p": { "type": "openai", "baseUrl": "http://localhost:1/v1" } },
              "models": {
                "m": { "provider": "p", "contextWindow": 1000, "maxOutputTokens": 100 },
                "ending": { "provider": "p", "contextWindow": 1000, "maxOutputTokens": 100, "deprecationDate": "2027-01-31" }
              },
              "aliases": { "answer": ["m"], "small": ["m"] }
            }
            """);
        return CatalogReader.Read(_folder.File("models.json"), new ConfigurationBuilder().Build());
    }
}
