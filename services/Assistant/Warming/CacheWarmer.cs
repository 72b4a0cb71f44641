using System.Diagnostics.Metrics;
using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Http;
using Slipway.Assistant.Records;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Errors;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Assistant.Warming;

/// <summary>
/// Answers questions before they are asked, one after another, at most <see cref="WarmingOptions.PerSecond"/>: those of <see cref="WarmingFile"/>, and those that a
/// tenant asks most. A question whose answer is in the cache costs a lookup. Replicas that warm at once share the work through the cache's leases. What it spends is
/// recorded under the route <see cref="Route"/> and counted in <c>slipway.cache.warming.*</c>, and nowhere else.
/// </summary>
internal sealed partial class CacheWarmer(
    IReadOnlyDictionary<string, IReadOnlyList<string>> questions, WarmingOptions options, AnswerPath path, Releases releases, Corpora corpora, CacheService.CacheServiceClient cache, BudgetTable budgets,
    Recorder recorder, TimeProvider time, ILogger<CacheWarmer> logger) : BackgroundService
{
    /// <summary>The route in records and metrics.</summary>
    public const string Route = "warming";

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly Counter<long> Questions =
        SlipwayTelemetry.Meter.CreateCounter<long>("slipway.cache.warming.questions", "{question}", "Questions that warming asked, by outcome: made, cached or failed.");

    private static readonly Counter<double> Cost = SlipwayTelemetry.Meter.CreateCounter<double>("slipway.cache.warming.cost", "{USD}", "What the answers made by warming cost.");

    private readonly WarmingPlan _plan = new(options, time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var tenant in corpora.Tenants().Union(questions.Keys))
            {
                if (StateOf(tenant) is not { } state || !_plan.IsDue(tenant, state)) continue;
                // Before, not after: what changes meanwhile makes it due again.
                _plan.Done(tenant, state);
                await WarmAsync(tenant, state, stoppingToken);
            }
        }
    }

    /// <summary>Release and corpus version; null for a tenant without documents, and while nothing is known.</summary>
    private string? StateOf(string tenant) =>
        releases.Find(null) is { } release && corpora.VersionOf(tenant, "") is { } version && version is not ("" or "empty") ? release.Name + "\n" + version : null;

    private async Task WarmAsync(string tenant, string state, CancellationToken cancellationToken)
    {
        var (made, cached, failed) = (0, 0, 0);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var question in (await FrequentAsync(tenant, cancellationToken)).Concat(questions.GetValueOrDefault(tenant) ?? []))
        {
            if (!asked.Add(question)) continue;
            // Another release or another corpus: there is a round of its own for it.
            if (StateOf(tenant) != state) break;
            var outcome = await AskAsync(tenant, question, cancellationToken);
            Questions.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
            if (outcome == "cached")
            {
                cached++;
                continue;
            }

            if (outcome == "made") made++;
            else failed++;
            await Task.Delay(TimeSpan.FromSeconds(1 / options.PerSecond), time, cancellationToken);
        }

        if (made + failed > 0) LogWarmed(made, cached, failed);
    }

    private async Task<string> AskAsync(string tenant, string text, CancellationToken cancellationToken)
    {
        using var activity = SlipwayTelemetry.Source.StartActivity(Route);
        var run = new RequestRun(tenant, Route, budgets.For(Route), time, TimeSpan.Zero);
        var question = new Question { Tenant = tenant, RequestId = Guid.CreateVersion7().ToString("N"), Text = text, Background = true };
        try
        {
            var answer = await path.AnswerAsync(question, run, sink: null, cancellationToken);
            if (run.Cache == "output") return "cached";
            recorder.RecordAnswer(new Caller(tenant, question.RequestId, null, TimeSpan.Zero), run, answer);
            Cost.Add(answer.CostUsd);
            return "made";
        }
        catch (Exception exception) when (exception is ApiException or RpcException && !cancellationToken.IsCancellationRequested)
        {
            return "failed";
        }
    }

    private async Task<IReadOnlyList<string>> FrequentAsync(string tenant, CancellationToken cancellationToken)
    {
        if (options.Frequent == 0) return [];
        try
        {
            var request = new ListFrequentRequest { Tenant = tenant, Limit = options.Frequent };
            return (await cache.ListFrequentAsync(request, deadline: (time.GetUtcNow() + Patience).UtcDateTime, cancellationToken: cancellationToken)).Questions;
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Caches were warmed: {Made} answers made, {Cached} there already, {Failed} failed.")]
    private partial void LogWarmed(int made, int cached, int failed);
}

internal static class WarmingExtensions
{
    /// <summary>Answers questions before they are asked.</summary>
    public static WebApplicationBuilder AddCacheWarming(this WebApplicationBuilder builder)
    {
        var options = (builder.Configuration.GetSection("Slipway:Assistant:Warming").Get<WarmingOptions>() ?? new WarmingOptions()).Validated();
        var questions = WarmingFile.Read(Path.Combine(builder.AssetsPath(), "datasets", "intents", "warming.jsonl"));
        if (!options.Enabled) return builder;
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(questions);
        builder.Services.AddHostedService<CacheWarmer>();
        return builder;
    }
}
