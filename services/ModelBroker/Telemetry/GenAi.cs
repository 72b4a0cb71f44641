using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ModelBroker.Telemetry;

/// <summary>
/// Spans and metrics of model calls, named by OpenTelemetry's GenAI conventions (open-telemetry/semantic-conventions-genai); cost has no convention and is
/// <c>slipway.model.cost</c>. Prompts and answers are never recorded.
/// </summary>
internal static class GenAi
{
    private static readonly Histogram<long> Tokens = SlipwayTelemetry.Meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Tokens of model calls.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });

    private static readonly Histogram<double> Duration = SlipwayTelemetry.Meter.CreateHistogram(
        "gen_ai.client.operation.duration", "s", "Duration of model calls.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] });

    private static readonly Histogram<double> FirstChunk = SlipwayTelemetry.Meter.CreateHistogram(
        "gen_ai.client.operation.time_to_first_chunk", "s", "Time to the first piece of a streamed answer.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });

    private static readonly Counter<double> Cost = SlipwayTelemetry.Meter.CreateCounter<double>("slipway.model.cost", "{USD}", "What model calls cost, by the catalog's prices.");

    /// <summary>Begins a call.</summary>
    public static GenAiCall Start(string operation, ModelCall call, TimeProvider time)
    {
        var model = call.Route[0];
        var activity = SlipwayTelemetry.Source.StartActivity($"{operation} {model.Name}", ActivityKind.Client);
        activity?.SetTag("gen_ai.operation.name", operation);
        activity?.SetTag("gen_ai.provider.name", ProviderName(model));
        activity?.SetTag("gen_ai.request.model", model.Name);
        activity?.SetTag("slipway.tenant", call.Tenant);
        if (model.Provider.BaseUrl is { } url)
        {
            activity?.SetTag("server.address", url.Host);
            activity?.SetTag("server.port", url.Port);
        }

        call.Span = activity;
        return new GenAiCall(operation, model, activity, time);
    }

    /// <summary>The conventions' well-known names where they apply.</summary>
    private static string ProviderName(CatalogModel model) => model.Provider switch
    {
        { IsExtractive: true } => "slipway.extractive",
        { BaseUrl.Host: "api.openai.com" } => "openai",
        { BaseUrl: { } url } when url.Host.EndsWith(".azure.com", StringComparison.OrdinalIgnoreCase) => "azure.ai.openai",
        _ => "openai_compatible",
    };

    /// <summary>One call: disposed without <see cref="Succeed"/> or <see cref="Fail"/>, it was abandoned by its caller.</summary>
    internal sealed class GenAiCall(string operation, CatalogModel model, Activity? activity, TimeProvider time) : IDisposable
    {
        private readonly long _started = time.GetTimestamp();

        /// <summary>Whether the model writes tokens.</summary>
        private readonly bool _answers = operation is "chat" or "classify";
        private string? _error = "cancelled";
        private string _responseModel = "";
        private CatalogModel _model = model;
        private bool _seen;

        /// <summary>Notes the first piece.</summary>
        public void SeeChunk()
        {
            if (_seen) return;
            _seen = true;
            var elapsed = time.GetElapsedTime(_started).TotalSeconds;
            FirstChunk.Record(elapsed, Tags());
            activity?.SetTag("gen_ai.response.time_to_first_chunk", elapsed);
        }

        /// <summary>Notes what the call brought.</summary>
        /// <param name="answered">The model that answered: tokens and cost are its.</param>
        /// <param name="responseModel">The provider's name for it.</param>
        /// <param name="usage">Its tokens.</param>
        /// <param name="cost">USD.</param>
        /// <param name="id">The provider's id of the answer.</param>
        /// <param name="finishReason">Why the answer ended.</param>
        /// <param name="shared">Whether another request made the call.</param>
        public void Succeed(CatalogModel? answered, string responseModel, Usage usage, double cost, string? id = null, string? finishReason = null, bool shared = false)
        {
            _error = null;
            if (answered is not null && answered != _model)
            {
                _model = answered;
                activity?.SetTag("slipway.model.answered", answered.Name);
            }

            _responseModel = responseModel;
            // The tokens of a shared answer are counted where it was made.
            if (!shared) Tokens.Record(usage.PromptTokens, Tags(("gen_ai.token.type", "input")));
            if (_answers && !shared) Tokens.Record(usage.CompletionTokens, Tags(("gen_ai.token.type", "output")));
            if (cost > 0) Cost.Add(cost, Tags());
            if (activity is null) return;
            activity.SetTag("gen_ai.response.model", responseModel);
            activity.SetTag("gen_ai.usage.input_tokens", usage.PromptTokens);
            if (_answers) activity.SetTag("gen_ai.usage.output_tokens", usage.CompletionTokens);
            if (usage.CachedPromptTokens > 0) activity.SetTag("gen_ai.usage.cache_read.input_tokens", usage.CachedPromptTokens);
            if (usage.Estimated) activity.SetTag("slipway.usage.estimated", true);
            if (id is { Length: > 0 }) activity.SetTag("gen_ai.response.id", id);
            if (finishReason is { Length: > 0 }) activity.SetTag("gen_ai.response.finish_reasons", new[] { finishReason });
            activity.SetTag("slipway.cost_usd", cost);
        }

        /// <summary>Notes why the call failed.</summary>
        public void Fail(Exception exception)
        {
            _error = exception switch { ModelException failed => failed.Error.Code, OperationCanceledException => "cancelled", _ => exception.GetType().Name };
            activity?.SetStatus(ActivityStatusCode.Error, _error);
        }

        public void Dispose()
        {
            if (_error is not null) activity?.SetTag("error.type", _error);
            Duration.Record(time.GetElapsedTime(_started).TotalSeconds, _error is null ? Tags() : Tags(("error.type", _error)));
            activity?.Dispose();
        }

        private TagList Tags((string Name, string Value)? extra = null)
        {
            var tags = new TagList
            {
                { "gen_ai.operation.name", operation },
                { "gen_ai.provider.name", ProviderName(_model) },
                { "gen_ai.request.model", _model.Name },
            };
            if (_responseModel.Length > 0) tags.Add("gen_ai.response.model", _responseModel);
            if (extra is { } pair) tags.Add(pair.Name, pair.Value);
            return tags;
        }
    }
}
