using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.ModelBroker.Drift;

/// <summary>Looks at the last days of the models once a day, and asks the probes as often as their file says.</summary>
internal sealed partial class DriftChecks(DriftWatch drift, ModelCatalog catalog, ChatModels models, ProbeFile file, TimeProvider time, ILogger<DriftChecks> logger) : BackgroundService
{
    /// <summary>The tenant of the probes' calls, in metrics and costs.</summary>
    public const string Tenant = "slipway-probes";

    /// <summary>How long before its last day a model is reported.</summary>
    private const int DaysAhead = 60;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var every = file.Probes.Count == 0 ? Day : TimeSpan.FromMinutes(file.EveryMinutes);
        DateOnly? looked = null;
        using var timer = new PeriodicTimer(every < Day ? every : Day, time);
        try
        {
            do
            {
                var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
                if (looked != today) LookAhead(today);
                looked = today;
                foreach (var (name, probe) in file.Probes) await AskAsync(name, probe!, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    /// <summary>Raises an event for each model that is switched off within 60 days or has been, once.</summary>
    internal void LookAhead(DateOnly today)
    {
        foreach (var model in catalog.Models.Values)
        {
            if (model.Entry.DeprecationDate is not { } last || last.DayNumber - today.DayNumber > DaysAhead) continue;
            var detail = $"The provider switches it off on {last:yyyy-MM-dd}.";
            if (!drift.WasRaised(model.Name, "deprecation", detail)) drift.Raise(model.Name, "deprecation", detail);
        }
    }

    /// <summary>Asks one probe. A call that fails says nothing of the answer: it is logged, and the probe is asked again next time.</summary>
    internal async Task AskAsync(string name, Probe probe, CancellationToken cancellationToken)
    {
        if (catalog.Models.GetValueOrDefault(probe.Model) is not { IsChat: true } model) return;
        using var late = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            var request = new CompleteRequest { Tenant = Tenant, RequestId = $"probe-{name}", Model = probe.Model, Temperature = 0, Seed = 1, MaxOutputTokens = probe.MaxTokens };
            request.Messages.Add(new ChatMessage { Role = "user", Content = probe.Prompt });
            var answer = await models.Chat.CallAsync(
                request, new ModelCall { Route = model.Alone, Tenant = Tenant, Background = true, Deadline = time.GetUtcNow() + Patience, Cancellation = either.Token });
            var state = new ProbeState
            {
                Name = name,
                Similarity = Similarity.Of(answer.Text, probe.Expected),
                LeastSimilarity = probe.LeastSimilarity,
                AnsweredUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            };
            if (!drift.Note(probe.Model, state)) return;
            var within = DriftWatch.IsWithin(state);
            drift.Raise(
                probe.Model, within ? "probe_recovered" : "probe_failed",
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The answer to the probe '{name}' has a similarity of {state.Similarity:0.00} with the expected one; {probe.LeastSimilarity:0.00} is wanted."));
        }
        catch (Exception exception) when (exception is ModelException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            LogUnanswered(name, probe.Model, (exception as ModelException)?.Error.Code ?? "late");
        }
    }

    [LoggerMessage(31, LogLevel.Warning, "The probe {Probe} of {Model} was not answered: {Code}.")]
    private partial void LogUnanswered(string probe, string model, string code);
}

/// <summary>Adds the watch over drifting models.</summary>
internal static class DriftExtensions
{
    /// <summary>Adds the watch, and the checks of last days and of probes. Mistakes of <c>probes.json</c> stop the start.</summary>
    public static WebApplicationBuilder AddDrift(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new LastKnown<DescribeModelsResponse>(builder.DataPath(), "drift"));
        builder.Services.AddSingleton<DriftWatch>();
        var probes = Path.Combine(builder.AssetsPath(), "probes.json");
        builder.Services.AddSingleton(services => ProbeFile.Read(probes, services.GetRequiredService<ModelCatalog>()));
        builder.Services.AddHostedService<DriftChecks>();
        return builder;
    }
}
