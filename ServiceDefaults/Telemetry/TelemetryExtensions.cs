using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Slipway.ServiceDefaults.Telemetry.Export;
using Slipway.ServiceDefaults.Telemetry.Keeping;

namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs of a service.</summary>
public static class TelemetryExtensions
{
    /// <summary>Where Prometheus fetches metrics.</summary>
    public const string PrometheusPath = "/metrics";

    /// <summary>
    /// Traces, metrics and logs. They are collected only where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says who wants them, metrics also where
    /// <c>Slipway:Telemetry:Prometheus</c> is true: with no listener a span costs a null check.
    /// </summary>
    internal static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.IncludeScopes = false;
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        builder.Logging.AddFilter("Grpc", LogLevel.Warning);
        // A peer that is away or late is told once by whoever asked it, not by each call.
        builder.Logging.AddFilter("Grpc.Net.Client", LogLevel.Error);
        builder.Logging.AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);
        builder.Logging.AddFilter("Polly", LogLevel.Warning);
        builder.Logging.AddFilter("Yarp", LogLevel.Warning);
        // The filters above are defaults: what configuration says (Logging__LogLevel__…) comes after them and wins.
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));

        var otlp = builder.Configuration.CollectsTelemetry();
        var prometheus = builder.Configuration.ServesPrometheus();
        // Nobody follows a trace then: it is not handed on either, which spares each call a span and two headers. To be said before the first client is made.
        if (!otlp) AppContext.SetSwitch("System.Net.Http.EnableActivityPropagation", false);
        if (!otlp && !prometheus) return;

        SelfDiagnostics.StopLooking();
        builder.Services.ConfigureAll<OtlpExporterOptions>(CollectorHttp.Use);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                builder.Configuration["OTEL_SERVICE_NAME"] ?? builder.Environment.ApplicationName,
                // The orchestrator's instance id, by which its dashboard finds a resource's telemetry, would lose against a made-up one.
                autoGenerateServiceInstanceId: builder.Configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.instance.id=", StringComparison.Ordinal) != true))
            .WithMetrics(metrics =>
            {
                metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation()
                    .AddMeter(SlipwayTelemetry.Name, "Experimental.Microsoft.Extensions.AI", "Microsoft.SemanticKernel*")
                    // Six measurements of Kestrel's buffers for each request, which nobody looks at.
                    .AddView("aspnetcore.memory_pool.*", MetricStreamConfiguration.Drop)
                    // Measurements of each call inside the stack that nobody looks at, up to six for one call: the server's side is counted.
                    .AddView("http.client.active_requests", MetricStreamConfiguration.Drop)
                    .AddView("http.client.open_connections", MetricStreamConfiguration.Drop)
                    .AddView("aspnetcore.routing.match_attempts", MetricStreamConfiguration.Drop)
                    .AddView("http.client.request.time_in_queue", MetricStreamConfiguration.Drop);
                if (otlp) metrics.AddOtlpExporter();
                if (prometheus) metrics.AddPrometheusExporter();
            });
        if (otlp) telemetry.WithTracing(tracing => AddTracing(tracing, builder)).WithLogging(AddLogs, options => options.IncludeFormattedMessage = true);
    }

    private static void AddLogs(LoggerProviderBuilder logging)
    {
        var after = TimeSpan.Zero;
        logging
            .AddOtlpExporter((_, queue) =>
            {
                after = TimeSpan.FromMilliseconds(queue.BatchExportProcessorOptions.ScheduledDelayMilliseconds);
                queue.BatchExportProcessorOptions.ScheduledDelayMilliseconds = Soon.Otherwise;
            })
            .AddProcessor(services => new SoonLogs(after, services.GetRequiredService<TimeProvider>()));
    }

    private static void AddTracing(TracerProviderBuilder tracing, WebApplicationBuilder builder)
    {
        // Traces alone are handed on. The default hands on baggage too, which nobody here has, and reads and writes each call's headers twice for it.
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
        tracing
            .AddAspNetCoreInstrumentation(options => options.Filter = context => IsTraced(context.Request))
            .AddGrpcClientInstrumentation(options => options.SuppressDownstreamInstrumentation = true)
            // HttpClient's own spans follow the conventions since .NET 9. Not YARP's: its span tells no more than that of the call which it makes.
            .AddSource("System.Net.Http", SlipwayTelemetry.Name, "Experimental.Microsoft.Extensions.AI", "Microsoft.SemanticKernel*");
        builder.Services.AddSingleton<FailedExports>();
        builder.Services.AddSingleton(services =>
        {
            // Made here and not by AddOtlpExporter, because kept spans go in by a second door.
            services.GetRequiredService<FailedExports>();
            var exporter = new CountedExporter(services.GetRequiredService<IOptionsMonitor<OtlpExporterOptions>>().CurrentValue);
            return new CountedBatch(exporter, services.GetRequiredService<IOptionsMonitor<ActivityExportProcessorOptions>>().CurrentValue.BatchExportProcessorOptions, services.GetRequiredService<TimeProvider>());
        });
        if (builder.Configuration.SampledShare() is { } share)
        {
            builder.Services.AddSingleton(services => new KeptTraces(services.GetRequiredService<CountedBatch>().OnEnd, services.GetRequiredService<TimeProvider>()));
            tracing.SetSampler(new KeepingSampler(share));
            tracing.AddProcessor(services => new KeepingProcessor(services.GetRequiredService<KeptTraces>()));
        }

        tracing.AddProcessor(services => services.GetRequiredService<CountedBatch>());
    }

    /// <summary>
    /// Whether a request to this service makes a span: not those of probes and scrapes, nor a gRPC call that belongs to no trace, as services make them by themselves
    /// (<see cref="SuppressInstrumentationScope"/>).
    /// </summary>
    private static bool IsTraced(HttpRequest request) =>
        !request.Path.StartsWithSegments("/health") && !request.Path.StartsWithSegments("/alive")
        && !request.Path.StartsWithSegments(PrometheusPath) && !request.Path.StartsWithSegments(KeepEndpoint.Path)
        && (request.Headers.TraceParent.Count > 0 || request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true);

    /// <summary>
    /// The share of traces that are sampled at their root, where <c>OTEL_TRACES_SAMPLER</c> names a ratio: then those that matter are kept beside. Null: OpenTelemetry's own
    /// samplers do what the variable says, by default sample all.
    /// </summary>
    private static double? SampledShare(this IConfiguration configuration)
    {
        if (configuration["OTEL_TRACES_SAMPLER"] is not ("traceidratio" or "parentbased_traceidratio")) return null;
        var text = configuration["OTEL_TRACES_SAMPLER_ARG"];
        if (string.IsNullOrWhiteSpace(text)) return 1;
        return double.TryParse(text, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1
            ? share
            : throw new InvalidOperationException($"OTEL_TRACES_SAMPLER_ARG is '{text}'; it must be 0 to 1.");
    }

    /// <summary>Whether somebody wants the telemetry.</summary>
    internal static bool CollectsTelemetry(this IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    /// <summary>Whether metrics are served for Prometheus to fetch: <c>Slipway:Telemetry:Prometheus</c>.</summary>
    internal static bool ServesPrometheus(this IConfiguration configuration) => configuration.GetValue("Slipway:Telemetry:Prometheus", false);

    /// <summary>Maps <c>/metrics</c>, where <c>Slipway:Telemetry:Prometheus</c> is true. Whoever may ask for it learns the names of the largest tenants.</summary>
    public static WebApplication MapMetrics(this WebApplication app)
    {
        if (app.Configuration.ServesPrometheus()) app.MapPrometheusScrapingEndpoint(PrometheusPath);
        return app;
    }
}
