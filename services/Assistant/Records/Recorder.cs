using Slipway.Assistant.Budgets;
using Slipway.Assistant.Costs;
using Slipway.Assistant.Http;
using Slipway.Assistant.RequestPath;
using Slipway.Assistant.Telemetry;
using Slipway.Contracts;

namespace Slipway.Assistant.Records;

/// <summary>Makes the record of a request: what it did and cost, and nothing of what was said.</summary>
internal sealed class Recorder(RecordQueue queue, CheapMode costs, RequestTelemetry telemetry)
{
    /// <summary>Records an answer; timed as the record stage.</summary>
    public void RecordAnswer(Caller caller, RequestRun run, Answer answer) => Record(caller, run, 200, "", record =>
    {
        costs.Count(run, answer.Usage, answer.CostUsd);
        record.Model = answer.Model;
        record.Provider = answer.Provider;
        // An answer from the cache spent no tokens: those of the answer that it repeats are counted already.
        if (run.Cache != "output") record.Usage = answer.Usage;
        record.CostUsd = answer.CostUsd;
        record.Confidence = answer.Confidence;
        record.Review = answer.Review;
    });

    /// <summary>Records a call that went straight to the broker, or another request without a confidence.</summary>
    public void RecordCall(Caller caller, RequestRun run, string model, string provider, Usage? usage, double costUsd) => Record(caller, run, 200, "", record =>
    {
        record.Model = model;
        record.Provider = provider;
        record.Usage = usage;
        record.CostUsd = costUsd;
    });

    public void RecordFailure(Caller caller, RequestRun run, int status, string code) => Record(caller, run, status, code, _ => { });

    private void Record(Caller caller, RequestRun run, int status, string code, Action<RequestRecord> fill)
    {
        RequestRecord record;
        using (run.Enter(Stage.Record))
        {
            record = Start(caller, run, status, code);
            fill(record);
        }

        foreach (var (stage, milliseconds) in run.Timings()) record.StageMs[stage] = milliseconds;
        record.TotalMs = run.Elapsed.TotalMilliseconds;
        record.FirstTokenMs = run.FirstText.TotalMilliseconds;
        telemetry.Note(run, record);
        queue.Add(record);
    }

    private static RequestRecord Start(Caller caller, RequestRun run, int status, string code)
    {
        var record = new RequestRecord
        {
            RequestId = caller.RequestId,
            Tenant = caller.Tenant,
            Route = run.Route,
            Release = run.Release,
            TimeUnixMs = run.StartedAt.ToUnixTimeMilliseconds(),
            Status = status,
            ErrorCode = code,
            PromptVersion = run.PromptVersion,
            CorpusVersion = run.CorpusVersion,
            Cache = run.Cache,
            Stream = run.Stream,
        };
        record.Degraded.AddRange(run.Degraded);
        return record;
    }
}

internal static class RecordExtensions
{
    /// <summary>Adds the records: made on the path, sent in the background.</summary>
    public static WebApplicationBuilder AddRecords(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RecordQueue>();
        builder.Services.AddSingleton<Recorder>();
        builder.Services.AddSingleton<RecordedEndpoint>();
        builder.Services.AddHostedService<RecordSender>();
        return builder;
    }
}
