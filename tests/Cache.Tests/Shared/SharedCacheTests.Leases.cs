using System.Diagnostics;
using Slipway.Cache.Keys;
using Slipway.Cache.Options;
using Slipway.Cache.Tests.Support;
using Slipway.Contracts;

namespace Slipway.Cache.Tests.Shared;

public abstract partial class SharedCacheTests
{
    private const int LongWait = 60_000;

    [Fact]
    public async Task Of_100_simultaneous_callers_one_gets_the_lease_and_the_others_its_value()
    {
        await using var replica = await ReplicaAsync();
        await StampedeAsync(_ => replica);
    }

    [Fact]
    public async Task Of_100_simultaneous_callers_of_two_replicas_one_gets_the_lease_and_the_others_its_value()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        await StampedeAsync(i => i % 2 == 0 ? one : other);
    }

    [Fact]
    public async Task Whoever_does_not_wait_gets_a_miss_without_a_lease()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        var key = Calls.Key(_tenant);
        Assert.NotEmpty((await one.LookupAsync(key)).Lease);

        Assert.True(await one.LookupAsync(key) is { Hit: false, Lease: "" });
        Assert.True(await other.LookupAsync(key) is { Hit: false, Lease: "" });
        Assert.True(await other.LookupAsync(key, maxWaitMs: 50) is { Hit: false, Lease: "" });
    }

    [Fact]
    public async Task A_wait_ends_before_the_deadline_of_its_call()
    {
        // What it leaves of the deadline (WaitBudgetTests) is less than a busy machine may need to answer, so its clock is ahead by as much as that.
        var busy = TimeSpan.FromSeconds(10);
        await using var replica = await ReplicaAsync(time: new ClockAhead(busy));
        var key = Calls.Key(_tenant);
        await replica.LookupAsync(key);
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + busy + TimeSpan.FromSeconds(1);

        var response = await replica.Client.LookupAsync(
            new LookupRequest { Key = key, MaxWaitMs = LongWait }, deadline: deadline, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(response is { Hit: false, Lease: "" });
    }

    [Fact]
    public async Task An_abandoned_lease_goes_to_one_waiter_of_either_replica()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        var key = Calls.Key(_tenant);
        var first = await one.LookupAsync(key);
        var waiting = new[] { one, one, other, other }.Select(replica => replica.LookupAsync(key, LongWait)).ToList();

        await one.AbandonAsync(key, first.Lease);

        var next = await Task.WhenAny(waiting);
        waiting.Remove(next);
        Assert.True(await next is { Hit: false, Lease.Length: 32 });
        Assert.NotEqual(first.Lease, (await next).Lease);
        await one.StoreAsync(key, "value", (await next).Lease);
        Assert.All(await Task.WhenAll(waiting), response => Assert.Equal("value", response.Value.ToStringUtf8()));
    }

    [Fact]
    public async Task Only_the_holder_can_abandon_a_lease()
    {
        await using var replica = await ReplicaAsync();
        var key = Calls.Key(_tenant);
        await replica.LookupAsync(key);

        await replica.AbandonAsync(key, "somebody-elses");
        await replica.AbandonAsync(key, "");

        Assert.Empty((await replica.LookupAsync(key, maxWaitMs: 60)).Lease);
    }

    [Fact]
    public async Task A_lease_can_be_abandoned_and_a_value_stored_through_another_replica()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        var key = Calls.Key(_tenant);
        var first = await one.LookupAsync(key);
        var waiting = one.LookupAsync(key, LongWait);
        await Eventually.IsTrue(() => one.Leases.WaitingFor(EntryAddress.Of(key, 0).Entry) == 1);

        await other.AbandonAsync(key, first.Lease);
        var second = await waiting;
        Assert.NotEmpty(second.Lease);

        waiting = one.LookupAsync(key, LongWait);
        await Eventually.IsTrue(() => one.Leases.WaitingFor(EntryAddress.Of(key, 0).Entry) == 1);
        await other.StoreAsync(key, "value", second.Lease);
        Assert.Equal("value", (await waiting).Value.ToStringUtf8());
    }

    [Fact]
    public async Task A_lease_whose_holder_dies_goes_to_a_waiter_when_it_expires()
    {
        var options = new CacheOptions { LeaseDuration = TimeSpan.FromMilliseconds(600) };
        await using var one = await ReplicaAsync(options);
        await using var other = await ReplicaAsync(options);
        var key = Calls.Key(_tenant);
        var watch = Stopwatch.StartNew();
        Assert.NotEmpty((await one.LookupAsync(key)).Lease);

        var next = await other.LookupAsync(key, LongWait);

        Assert.NotEmpty(next.Lease);
        Assert.InRange(watch.ElapsedMilliseconds, 500, 30_000);
    }

    [Fact]
    public async Task An_oversize_value_sends_the_waiters_away_to_work_for_themselves()
    {
        await using var replica = await ReplicaAsync();
        var key = Calls.Key(_tenant);
        var first = await replica.LookupAsync(key);
        var waiting = Enumerable.Range(0, 3).Select(_ => replica.LookupAsync(key, LongWait)).ToList();
        await Eventually.IsTrue(() => replica.Leases.WaitingFor(EntryAddress.Of(key, 0).Entry) == 3);

        Assert.False(await replica.StoreAsync(key, new string('x', CacheOptions.MaxValueBytes + 1), first.Lease));

        Assert.All(await Task.WhenAll(waiting), response => Assert.True(response is { Hit: false, Lease: "" }));
    }

    [Fact]
    public async Task A_lease_whose_caller_was_cancelled_while_asking_is_free_again()
    {
        await using var replica = await ReplicaAsync();
        for (var i = 0; i < 50; i++)
        {
            var key = Calls.Key(_tenant, $"question {i}");
            using var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var lookup = replica.Answers.LookupAsync(key, TimeSpan.Zero, acceptStale: false, source.Token).AsTask();
            await source.CancelAsync();
            string? lease = null;
            try
            {
                lease = (await lookup).Lease;
            }
            catch (OperationCanceledException)
            {
            }

            // Either the caller got its lease in spite of all, or the next one does.
            if (lease is null) Assert.NotEmpty((await replica.LookupAsync(key, LongWait)).Lease);
        }
    }

    private async Task StampedeAsync(Func<int, CacheReplica> replicaOf)
    {
        var key = Calls.Key(_tenant);
        var calls = Enumerable.Range(0, 100).Select(i => replicaOf(i).LookupAsync(key, LongWait)).ToList();

        var first = await await Task.WhenAny(calls);
        Assert.True(first is { Hit: false, Lease.Length: 32 });
        await replicaOf(0).StoreAsync(key, "value", first.Lease);

        var all = await Task.WhenAll(calls);
        Assert.Single(all, response => response.Lease.Length > 0);
        Assert.Equal(99, all.Count(response => response.Hit && response.Value.ToStringUtf8() == "value"));
        Assert.Equal(0, replicaOf(0).Leases.Count + replicaOf(1).Leases.Count);
    }
}
