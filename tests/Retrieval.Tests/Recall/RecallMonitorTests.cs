using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.Retrieval.Recall;
using Slipway.Retrieval.Search;
using Slipway.Retrieval.Tests.Support;
using Slipway.Retrieval.Vectors;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Recall;

public sealed class RecallMonitorTests : IDisposable
{
    private static readonly (string, string)[] EverySearch =
    [
        ("Slipway:Retrieval:Recall:SampleShare", "1"), ("Slipway:Retrieval:Recall:MaxSamplesPerSecond", "1000"), ("Slipway:Retrieval:Recall:ProcessorShare", "1"),
        ("Slipway:Retrieval:Recall:RetrySeconds", "3600"),
    ];

    private readonly TempFolder _folder = new();
    private readonly FaultyIndex _index = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_index_that_returns_wrong_neighbours_is_given_up_at_the_twentieth_sample_built_again_and_used_again()
    {
        await using var host = Start();
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        _index.Wrong = true;

        var enough = new RecallOptions().MinSamples;
        for (var searches = 1; searches <= enough; searches++)
        {
            await host.SearchAsync("acme", "roll back a canary", Cancel);
            while (searches < enough && Sampled(host) < searches) await Task.Yield();
        }

        while (State(host) == VectorState.Healthy) await Task.Yield();
        // A search of an index that was given up earlier would not have been sampled.
        Assert.Equal(enough, Sampled(host));
        var degraded = await host.SearchAsync("acme", "roll back a canary", Cancel);
        Assert.Equal((SearchMode.Keyword, DegradedReason.RecallBelowObjective), (degraded.Mode, degraded.DegradedReason));
        Assert.Equal("rollback.md", degraded.Passages[0].DocumentId);
        var description = await DescribeAsync(host);
        Assert.NotEqual(VectorIndexState.Healthy, description.State);
        Assert.Equal(DegradedReason.RecallBelowObjective, description.Reason);

        _index.Drops.SetResult();
        while (State(host) != VectorState.Healthy) await Task.Yield();
        var healed = await host.SearchAsync("acme", "roll back a canary", Cancel);
        Assert.Equal((SearchMode.Hybrid, ""), (healed.Mode, healed.DegradedReason));
        Assert.Equal((VectorIndexState.Healthy, "", 0), await StandingAsync(host));
    }

    [Fact]
    public async Task An_index_that_a_rebuild_does_not_help_stays_given_up_also_after_a_restart()
    {
        _index.Incurable = true;
        _index.Drops.SetResult();
        await using (var host = Start())
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
            _index.Wrong = true;
            while (State(host) == VectorState.Healthy) await host.SearchAsync("acme", "quota per minute", Cancel);
            while (host.Corpora.Find("acme")!.RecallHealth is not { State: VectorState.Degraded, Rebuilds: 1 }) await Task.Yield();
        }

        await using var again = Start();

        var response = await again.SearchAsync("acme", "quota per minute", Cancel);
        Assert.Equal(SearchMode.Keyword, response.Mode);
        await again.SettleAsync("acme", Cancel);
        Assert.Equal(DegradedReason.RecallBelowObjective, (await again.SearchAsync("acme", "quota per minute", Cancel)).DegradedReason);
        Assert.Equal((VectorIndexState.Degraded, DegradedReason.RecallBelowObjective, 1), await StandingAsync(again));
    }

    [Fact]
    public async Task Samples_of_a_good_index_say_so_and_survive_a_restart()
    {
        await using (var host = Start())
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
            for (var i = 1; i <= 6; i++)
            {
                await host.SearchAsync("acme", "token budget of templates", Cancel);
                while (Sampled(host) < i) await Task.Yield();
            }
        }

        await using var again = Start();
        again.Corpora.Ensure("acme");

        var recall = (await DescribeAsync(again)).Recall;
        Assert.Equal((10, 6, 1.0, 1.0, 0.92), (recall.K, recall.Samples, recall.Mean, recall.Upper, recall.Target));
        Assert.InRange(recall.Lower, 0.6, 0.62);
    }

    [Fact]
    public async Task Tenants_are_watched_apart()
    {
        await using var host = Start();
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.UpsertAsync(Cancel, Samples.Small("globex"));
        await host.VectorsReadyAsync("acme", Cancel);
        await host.VectorsReadyAsync("globex", Cancel);
        await host.SearchAsync("acme", "quota per minute", Cancel);
        while (Sampled(host) < 1) await Task.Yield();

        var all = await host.Client.DescribeIndexesAsync(new DescribeIndexesRequest(), RetrievalHost.Key, cancellationToken: Cancel);

        Assert.Equal([("acme", 1), ("globex", 0)], all.Indexes.Select(index => (index.Tenant, index.Recall.Samples)));
        Assert.Empty((await host.Client.DescribeIndexesAsync(new DescribeIndexesRequest { Tenant = "nobody" }, RetrievalHost.Key, cancellationToken: Cancel)).Indexes);
    }

    [Fact]
    public async Task An_index_that_is_away_stands_as_degraded_by_that()
    {
        await using var host = new RetrievalHost(_folder.Path, null, EverySearch);
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.SettleAsync("acme", Cancel);

        Assert.Equal((VectorIndexState.Degraded, DegradedReason.VectorsUnavailable, 0), await StandingAsync(host));
    }

    private RetrievalHost Start() =>
        new(_folder.Path, null, services => services.AddSingleton<IVectorIndex>(_index), EverySearch);

    private static VectorState? State(RetrievalHost host) => host.Corpora.Find("acme")!.RecallHealth?.State ?? VectorState.Healthy;

    private static int Sampled(RetrievalHost host) => host.Service<RecallMonitor>().StatusOf(host.Corpora.Find("acme")!).Recall.Samples;

    private static async Task<IndexDescription> DescribeAsync(RetrievalHost host) => Assert.Single(
        (await host.Client.DescribeIndexesAsync(new DescribeIndexesRequest { Tenant = "acme" }, RetrievalHost.Key, cancellationToken: Cancel)).Indexes);

    private static async Task<(VectorIndexState, string, int)> StandingAsync(RetrievalHost host)
    {
        var description = await DescribeAsync(host);
        return (description.State, description.Reason, description.Rebuilds);
    }
}
