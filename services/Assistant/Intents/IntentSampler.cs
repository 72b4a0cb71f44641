using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Http;
using Slipway.Assistant.Records;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Assistant.Intents;

/// <summary>
/// Answers sampled questions afresh, one after another with a pause between, and tells the cache service how the answers that were reused compare. An answer that
/// was degraded, or made from another corpus, proves nothing. The fresh answers are recorded under the route <see cref="Route"/>.
/// </summary>
internal sealed partial class IntentSampler(
    IntentSamples samples, AnswerPath path, RetrievalStage retrieval, CacheService.CacheServiceClient cache, BudgetTable budgets, Recorder recorder, TimeProvider time, ILogger<IntentSampler> logger) : BackgroundService
{
    /// <summary>The route in records and metrics.</summary>
    public const string Route = "intent-sample";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var sample in samples.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await CompareAsync(sample, stoppingToken);
            }
            catch (Exception exception) when (exception is ApiException or RpcException && !stoppingToken.IsCancellationRequested)
            {
                LogNotCompared(exception.GetType().Name);
            }

            await Task.Delay(Pause, time, stoppingToken);
        }
    }

    private async Task CompareAsync(IntentSample sample, CancellationToken cancellationToken)
    {
        using var activity = SlipwayTelemetry.Source.StartActivity(Route);
        var run = new RequestRun(sample.Question.Tenant, Route, budgets.For(sample.Route), time, TimeSpan.Zero);
        var question = sample.Question with { Cache = CachePolicy.Bypass, Background = true, RequestId = Guid.CreateVersion7().ToString("N") };
        var fresh = await path.AnswerAsync(question, run, sink: null, cancellationToken);
        recorder.RecordAnswer(new Caller(question.Tenant, question.RequestId, question.Release, TimeSpan.Zero), run, fresh);
        if (run.Degraded.Count > 0 || run.CorpusVersion != sample.CorpusVersion || fresh.FinishReason != "stop") return;
        var similarity = fresh.Provider == ModelStage.Extractive ? null : await retrieval.SimilarityAsync(question, sample.Given.Text, fresh.Text, (time.GetUtcNow() + Patience).UtcDateTime, cancellationToken);
        var report = new ReportIntentRequest { Tenant = question.Tenant, Route = sample.Route, Agrees = AnswerAgreement.Agrees(sample.Given, fresh, similarity) };
        await cache.ReportIntentAsync(report, deadline: (time.GetUtcNow() + Patience).UtcDateTime, cancellationToken: cancellationToken);
    }

    [LoggerMessage(1, LogLevel.Debug, "A sampled answer could not be compared: {Reason}.")]
    private partial void LogNotCompared(string reason);
}
