using System.Diagnostics.Metrics;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using Slipway.Cache.Answers;
using Slipway.Cache.Options;
using Slipway.Cache.Telemetry;
using Slipway.Cache.Tests.Support;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Cache.Tests.Alone;

/// <summary>The service without Redis, and with a clock that the tests move.</summary>
public sealed class MemoryTests : IAsyncLifetime
{
    private static readonly TimeSpan LongWait = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly string _tenant = Calls.NewTenant();
    private CacheReplica _replica = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AnswerCache Answers => _replica.Answers;

    public async ValueTask InitializeAsync() => _replica = await CacheReplica.StartAsync(time: _time);

    public ValueTask DisposeAsync() => _replica.DisposeAsync();

    [Theory]
    [InlineData(CacheTier.Retrieval, 9, 11)]
    [InlineData(CacheTier.Output, 13.5, 16.5)]
    public async Task Entries_live_as_long_as_their_tier_says(CacheTier tier, double least, double most)
    {
        var key = Calls.Key(_tenant, tier: tier);
        await StoreAsync(key, "value");

        _time.Advance(TimeSpan.FromMinutes(least) - TimeSpan.FromSeconds(1));
        var found = await LookupAsync(key);
        Assert.Equal(CacheOutcome.Hit, found.Outcome);
        Assert.Equal(TimeSpan.FromMinutes(least) - TimeSpan.FromSeconds(1), _time.GetUtcNow() - found.Entry!.StoredAt);

        _time.Advance(TimeSpan.FromMinutes(most - least) + TimeSpan.FromSeconds(2));
        Assert.Equal(CacheOutcome.Lease, (await LookupAsync(key)).Outcome);
        Assert.Equal(CacheOutcome.Miss, (await Answers.LookupAsync(key, TimeSpan.Zero, acceptStale: true, Token)).Outcome);
    }

    [Fact]
    public async Task A_hit_in_memory_is_the_stored_object()
    {
        var key = Calls.Key(_tenant);
        await StoreAsync(key, "value");

        Assert.Same((await LookupAsync(key)).Entry, (await LookupAsync(key)).Entry);
    }

    [Fact]
    public async Task Spellings_of_a_question_find_the_same_entry()
    {
        await StoreAsync(Calls.Key(_tenant, "How do I roll back a release?"), "value");

        Assert.Equal(CacheOutcome.Hit, (await LookupAsync(Calls.Key(_tenant, " how do I  roll back a release "))).Outcome);
    }

    [Fact]
    public async Task An_expired_lease_goes_to_the_next_caller()
    {
        var key = Calls.Key(_tenant);
        Assert.NotNull((await LookupAsync(key)).Lease);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(CacheOutcome.Miss, (await LookupAsync(key)).Outcome);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull((await LookupAsync(key)).Lease);
    }

    [Fact]
    public async Task An_expired_lease_goes_to_the_waiter_that_has_waited_longest()
    {
        var key = Calls.Key(_tenant);
        await LookupAsync(key);
        var first = Answers.LookupAsync(key, LongWait, acceptStale: false, Token).AsTask();
        var second = Answers.LookupAsync(key, LongWait, acceptStale: false, Token).AsTask();

        await AdvanceUntilAsync(first, TimeSpan.FromSeconds(1));

        Assert.NotNull((await first).Lease);
        Assert.False(second.IsCompleted);
        await StoreAsync(key, "value");
        Assert.Equal(CacheOutcome.Waited, (await second).Outcome);
    }

    [Fact]
    public async Task A_wait_ends_without_a_lease_when_its_time_is_over()
    {
        var key = Calls.Key(_tenant);
        await LookupAsync(key);
        var waiting = Answers.LookupAsync(key, TimeSpan.FromSeconds(3), acceptStale: false, Token).AsTask();

        await AdvanceUntilAsync(waiting, TimeSpan.FromMilliseconds(500));

        Assert.Equal(CacheOutcome.Miss, (await waiting).Outcome);
    }

    [Fact]
    public async Task A_cancelled_waiter_does_not_get_the_abandoned_lease()
    {
        var key = Calls.Key(_tenant);
        var holder = await LookupAsync(key);
        using var source = new CancellationTokenSource();
        var gone = Answers.LookupAsync(key, LongWait, acceptStale: false, source.Token).AsTask();
        var there = Answers.LookupAsync(key, LongWait, acceptStale: false, Token).AsTask();

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        await Answers.AbandonAsync(key, holder.Lease!, Token);
        await AdvanceUntilAsync(there, TimeSpan.FromMilliseconds(20));

        Assert.NotNull((await there).Lease);
    }

    [Fact]
    public async Task Leases_of_callers_that_died_are_forgotten()
    {
        for (var i = 0; i < 20; i++) await LookupAsync(Calls.Key(_tenant, $"question {i}"));
        Assert.Equal(20, _replica.Leases.Count);

        _time.Advance(TimeSpan.FromSeconds(11));

        await Eventually.IsTrue(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _replica.Leases.Count == 0;
        });
    }

    [Fact]
    public async Task An_abandoned_lease_leaves_nothing_behind()
    {
        var key = Calls.Key(_tenant);
        await Answers.AbandonAsync(key, (await LookupAsync(key)).Lease!, Token);

        Assert.Equal(0, _replica.Leases.Count);
        Assert.NotNull((await LookupAsync(key)).Lease);
    }

    [Fact]
    public async Task The_tiers_and_outcomes_are_counted()
    {
        List<(string Tier, string Outcome)> counted = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == SlipwayTelemetry.Name && instrument.Name == "slipway.cache.requests") listener.EnableMeasurementEvents(instrument);
            },
        };
        var thread = Environment.CurrentManagedThreadId;
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            // Tests of other classes count too, on other threads; without Redis these lookups never leave theirs.
            if (Environment.CurrentManagedThreadId == thread) counted.Add(((string)tags[0].Value!, (string)tags[1].Value!));
        });
        listener.Start();
        var key = Calls.Key(_tenant, tier: CacheTier.Retrieval);

        CountedLookups(key);

        Assert.Equal([("retrieval", "lease"), ("retrieval", "miss"), ("retrieval", "hit"), ("retrieval", "stale")], counted);
    }

    [Fact]
    public async Task Memory_is_bounded()
    {
        await using var small = await CacheReplica.StartAsync(options: new CacheOptions { MemoryBytes = 4 << 20 });
        for (var i = 0; i < 200; i++) await small.StoreAsync(Calls.Key(_tenant, $"question {i}"), new string('x', 100_000));

        Assert.InRange(small.Entries.InMemory, 1, 200);
        Assert.InRange(small.Entries.BytesInMemory, 1, 4 << 20);
    }

    private void CountedLookups(CacheKey key)
    {
        Assert.True(Answers.LookupAsync(key, TimeSpan.Zero, acceptStale: false, Token).IsCompletedSuccessfully);
        Assert.True(Answers.LookupAsync(key, TimeSpan.Zero, acceptStale: false, Token).IsCompletedSuccessfully);
        Assert.True(Answers.StoreAsync(key, ByteString.CopyFromUtf8("value"), "", null, "", Token).IsCompletedSuccessfully);
        Assert.True(Answers.LookupAsync(key, TimeSpan.Zero, acceptStale: false, Token).IsCompletedSuccessfully);
        key.Scope.CorpusVersion = "later";
        Assert.True(Answers.LookupAsync(key, TimeSpan.Zero, acceptStale: true, Token).IsCompletedSuccessfully);
    }

    private async Task<Found> LookupAsync(CacheKey key) => await Answers.LookupAsync(key, TimeSpan.Zero, acceptStale: false, Token);

    private async Task StoreAsync(CacheKey key, string value) => await Answers.StoreAsync(key, ByteString.CopyFromUtf8(value), "", null, "", Token);

    private async Task AdvanceUntilAsync(Task task, TimeSpan step) => await Eventually.IsTrue(() =>
    {
        if (!task.IsCompleted) _time.Advance(step);
        return task.IsCompleted;
    });
}
