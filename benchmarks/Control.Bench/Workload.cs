using Slipway.Contracts;

namespace Slipway.Control.Bench;

/// <summary>Records as a busy stack makes them: three routes, eight tenants, two releases; eight stages; latencies over four orders of magnitude; a third from the cache; some failed, some degraded.</summary>
internal sealed class Workload(int seed)
{
    private static readonly string[] Stages = ["gateway", "flags", "cache", "retrieval", "prompt", "model", "post", "record"];
    private static readonly double[] Typical = [0.5, 0.05, 2, 30, 3, 400, 1, 0.1];
    private static readonly string[] Routes = ["chat.completions", "answers", "embeddings"];

    private readonly Random _random = new(seed);
    private long _made;

    /// <summary>48: what the cells of a minute are at most.</summary>
    public const int Combinations = 3 * 8 * 2;

    public RequestRecord Next(long unixMs)
    {
        var made = _made++;
        var cached = _random.Next(3) == 0;
        var failed = _random.Next(200) == 0;
        var record = new RequestRecord
        {
            RequestId = Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(unixMs)).ToString("N"), Tenant = "tenant-" + made % 8, Route = Routes[made / 8 % 3], Release = made % 10 == 0 ? "candidate" : "baseline", TimeUnixMs = unixMs,
            Status = failed ? 503 : 200, ErrorCode = failed ? "model_unavailable" : "", Model = "gpt-5-mini", Provider = "openai", PromptVersion = "answer/1", CorpusVersion = "c1", Cache = cached ? "output" : "miss",
            Usage = new Usage { PromptTokens = 800, CompletionTokens = 120 }, CostUsd = 0.0005, Confidence = _random.NextDouble(), Stream = made % 4 == 0,
        };
        if (_random.Next(50) == 0) record.Degraded.Add("retrieval=keyword");
        double total = 0;
        for (var i = 0; i < Stages.Length; i++)
        {
            if (cached && i is 3 or 4 or 5) continue;
            var milliseconds = Typical[i] * Math.Exp(_random.NextDouble() * 4 - 2);
            record.StageMs[Stages[i]] = milliseconds;
            total += milliseconds;
        }

        record.TotalMs = total;
        if (record.Stream) record.FirstTokenMs = total / 3;
        return record;
    }
}
