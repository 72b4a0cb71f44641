using System.Diagnostics;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Control.Tests;

/// <summary>Control killed while it writes roll-ups: what is told again counts once, and what was told a second before is there.</summary>
[Trait("Category", "Slow")]
public sealed class KillTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_during_roll_ups_it_counts_nothing_twice_and_has_lost_at_most_the_last_second()
    {
        var random = new Random(1);
        var told = new List<(AppendRecordsRequest Batch, long AcknowledgedAt)>();
        for (var round = 0; round < 3; round++)
        {
            long killedAt;
            var longest = TimeSpan.Zero;
            using (var control = await ControlProcess.StartAsync(_folder.File("control"), Cancel))
            {
                // What an assistant whose call was not answered does: it sends the batch again.
                foreach (var (batch, _) in told.TakeLast(20)) await control.Grpc.AppendRecordsAsync(batch, ControlHost.Key, cancellationToken: Cancel);
                // From the first writing on: a process that has just started compiles its way there.
                await control.Grpc.AppendRecordsAsync(new AppendRecordsRequest { Records = { new RequestRecord { RequestId = $"first-{round}", Tenant = "warm", Route = "warming", Status = 503 } } }, ControlHost.Key, cancellationToken: Cancel);
                await Eventually.TrueAsync(async () => (await control.GetAsync("/admin/requests?tenant=warm&route=warming&limit=5", Cancel)).GetProperty("requests").GetArrayLength() == round + 1);
                var until = Stopwatch.GetTimestamp() + (long)(Stopwatch.Frequency * (1.5 + random.NextDouble() * 0.5));
                while (Stopwatch.GetTimestamp() < until)
                {
                    var batch = Batch(told.Count);
                    var sent = Stopwatch.GetTimestamp();
                    await control.Grpc.AppendRecordsAsync(batch, ControlHost.Key, cancellationToken: Cancel);
                    told.Add((batch, Stopwatch.GetTimestamp()));
                    if (Stopwatch.GetElapsedTime(sent) is var took && took > longest) longest = took;
                }

                killedAt = Stopwatch.GetTimestamp();
                await control.KillAsync(Cancel);
            }

            using var again = await ControlProcess.StartAsync(_folder.File("control"), Cancel);
            var counted = await RequestsAsync(again);
            // A call takes some milliseconds; where a busy machine makes one wait, writing waits as long.
            Assert.InRange(counted, 50 * told.Count(batch => Stopwatch.GetElapsedTime(batch.AcknowledgedAt, killedAt) > TimeSpan.FromSeconds(1) + (2 * longest)), 50 * told.Count);
            foreach (var (batch, _) in told) await again.Grpc.AppendRecordsAsync(batch, ControlHost.Key, cancellationToken: Cancel);
            Assert.Equal(50 * told.Count, await RequestsAsync(again));
        }
    }

    private static async Task<long> RequestsAsync(ControlProcess control)
    {
        var kpis = await control.GetAsync("/admin/kpis?window=60", Cancel);
        Assert.Equal(kpis.GetProperty("total").GetProperty("requests").GetInt64(), kpis.GetProperty("total").GetProperty("end_to_end").GetProperty("count").GetInt64());
        return kpis.GetProperty("total").GetProperty("requests").GetInt64();
    }

    private static AppendRecordsRequest Batch(int number)
    {
        var batch = new AppendRecordsRequest();
        for (var i = 0; i < 50; i++)
        {
            batch.Records.Add(new RequestRecord
            {
                RequestId = $"{number}-{i}", Tenant = "t" + i % 5, Route = "answers", Release = "baseline", Status = 200, TotalMs = 1 + i, StageMs = { ["model"] = i },
                TimeUnixMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            });
        }

        return batch;
    }
}
