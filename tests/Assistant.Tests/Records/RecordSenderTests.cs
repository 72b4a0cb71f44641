using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Assistant.Records;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Records;

public sealed class RecordSenderTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task A_batch_that_control_does_not_take_is_sent_again()
    {
        var tries = new ConcurrentQueue<string>();
        Peers.Control.OnAppend = request =>
        {
            foreach (var record in request.Records.Where(record => record.Tenant == Tenant)) tries.Enqueue(record.RequestId);
            return tries.Count < 3 ? throw Failing.With(StatusCode.Internal) : Task.FromResult(new AppendRecordsResponse());
        };

        await ChatAsync();

        await RecordAsync();
        Assert.Equal(3, tries.Count);
        Assert.Single(tries.Distinct());
    }

    [Fact]
    public async Task A_batch_that_control_refuses_for_good_is_counted_as_dropped_and_holds_nothing_up()
    {
        var refused = false;
        Peers.Control.OnAppend = request =>
        {
            if (refused || request.Records.All(record => record.RequestId != "poison")) return Task.FromResult(new AppendRecordsResponse());
            refused = true;
            throw ServiceError.Invalid("records", "No.").ToException();
        };
        await ChatAsync(Question, (SlipwayHeaders.RequestId, "poison"));
        await Peers.Control.Batches.FirstAsync(batch => batch.Records.Any(record => record.RequestId == "poison"));

        await ChatAsync();

        await RecordAsync();
        var batch = await Peers.Control.Batches.FirstAsync(batch => batch.Records.Any(record => record.RequestId == RequestId));
        Assert.True(batch.Request.Dropped >= 1);
        Assert.DoesNotContain(Peers.Control.Records.Requests, record => record.RequestId == "poison");
    }

    [Fact]
    public async Task Records_are_sent_in_batches_of_at_most_a_thousand()
    {
        Peers.Control.Away = true;
        await ChatAsync();
        await Peers.Control.Batches.FirstAsync(_ => true);
        var queue = Host.Services.GetRequiredService<RecordQueue>();
        for (var i = 0; i < 2500; i++) queue.Add(new RequestRecord { RequestId = $"bulk-{i}", Tenant = Tenant });
        Peers.Control.Away = false;

        await Peers.Control.Records.FirstAsync(record => record.RequestId == "bulk-2499");

        Assert.All(Peers.Control.Batches.Requests, batch => Assert.InRange(batch.Records.Count, 1, 1000));
        Assert.Equal(2500, Peers.Control.Records.Requests.Where(record => record.Tenant == Tenant).Select(record => record.RequestId).Where(id => id.StartsWith("bulk", StringComparison.Ordinal)).Distinct().Count());
    }

    [Fact]
    public async Task What_is_queued_at_the_end_is_sent_before_the_end()
    {
        using var folder = new TempFolder();
        await using (var host = await AssistantHost.StartAsync(Peers, folder))
        {
            host.Services.GetRequiredService<RecordQueue>().Add(new RequestRecord { RequestId = RequestId, Tenant = Tenant });
        }

        Assert.Contains(Peers.Control.Records.Requests, record => record.RequestId == RequestId);
    }
}

public sealed class RecordQueueTests
{
    [Fact]
    public void A_full_queue_drops_the_newest_and_counts_them()
    {
        var queue = new RecordQueue();
        for (var i = 0; i < RecordQueue.Capacity + 7; i++) queue.Add(new RequestRecord { TimeUnixMs = i });

        Assert.Equal(RecordQueue.Capacity, queue.Reader.Count);
        Assert.Equal(7, queue.TakeDropped());
        Assert.Equal(0, queue.TakeDropped());
        Assert.True(queue.Reader.TryRead(out var first));
        Assert.Equal(0, first.TimeUnixMs);
        queue.PutBackDropped(3);
        queue.Add(first);
        queue.Add(first);
        Assert.Equal(4, queue.TakeDropped());
    }
}
