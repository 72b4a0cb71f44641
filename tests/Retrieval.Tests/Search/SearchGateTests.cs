using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.Retrieval.Reranking;
using Slipway.Retrieval.Search;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Search;

public sealed class SearchGateTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_newest_search_goes_first_and_the_one_that_has_waited_longest_is_refused_for_one_more()
    {
        await using var gate = new SearchGate(With(atOnce: 1, waiting: 2));
        var running = await gate.EnterAsync(Cancel);
        var first = gate.EnterAsync(Cancel).AsTask();
        var second = gate.EnterAsync(Cancel).AsTask();
        Assert.False(first.IsCompleted);

        var third = gate.EnterAsync(Cancel).AsTask();
        Assert.False((await first).IsAcquired);
        running.Dispose();
        using (var lease = await third) Assert.True(lease.IsAcquired);
        using (var lease = await second) Assert.True(lease.IsAcquired);
    }

    [Fact]
    public async Task A_search_whose_caller_leaves_gives_its_place_in_the_queue_back()
    {
        await using var gate = new SearchGate(With(atOnce: 1, waiting: 1));
        var running = await gate.EnterAsync(Cancel);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var left = gate.EnterAsync(gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);

        var waiting = gate.EnterAsync(Cancel).AsTask();
        running.Dispose();
        using var lease = await waiting;
        Assert.True(lease.IsAcquired);
    }

    [Fact]
    public async Task A_search_that_is_refused_says_so()
    {
        await using var host = new RetrievalHost(_folder.Path, null, ("Slipway:Retrieval:Search:MostAtOnce", "1"), ("Slipway:Retrieval:Search:MostWaiting", "0"));
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        var gate = host.Services.GetRequiredService<SearchGate>();
        using (var place = await gate.EnterAsync(Cancel))
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => host.SearchAsync("acme", "quota per minute", Cancel));
            Assert.Equal((StatusCode.ResourceExhausted, "retrieval_overloaded"), (refused.StatusCode, ServiceError.From(refused)?.Code));
        }

        Assert.Equal("quota.md", (await host.SearchAsync("acme", "quota per minute", Cancel)).Passages[0].DocumentId);
    }

    [Fact]
    public void Searches_that_wait_for_other_machines_leave_room_for_more()
    {
        var local = SearchGate.Places(new RetrievalOptions());
        Assert.Equal(8 * Environment.ProcessorCount, local);
        Assert.Equal(8 * local, SearchGate.Places(new RetrievalOptions { Reranker = new RerankerOptions { Model = "rerank-sim" } }));
        Assert.Equal(7, SearchGate.Places(With(atOnce: 7, waiting: 0)));
    }

    private static RetrievalOptions With(int atOnce, int waiting) => new() { Search = new SearchOptions { MostAtOnce = atOnce, MostWaiting = waiting } };
}
