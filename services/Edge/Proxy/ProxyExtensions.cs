using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Slipway.Contracts;
using Slipway.Edge.Gateway;
using Slipway.ServiceDefaults.Errors;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Slipway.Edge.Proxy;

internal static class ProxyExtensions
{
    /// <summary>Adds YARP with the routes to the owners.</summary>
    public static WebApplicationBuilder AddProxy(this WebApplicationBuilder builder)
    {
        // YARP asks for data protection for session affinity, which is not used: its keys need not outlive the process.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddReverseProxy()
            .LoadFromMemory(Destinations.Routes, Destinations.Clusters(builder.Configuration, TimeSpan.FromSeconds(builder.ReadGatewayOptions().SilenceSeconds)))
            .ConfigureHttpClient((_, handler) =>
            {
                handler.ConnectTimeout = TimeSpan.FromSeconds(1);
                handler.MaxConnectionsPerServer = int.MaxValue;
                handler.UseProxy = false;
            })
            .AddTransforms(transforms => transforms.AddResponseTransform(response =>
            {
                WriteHead(response.HttpContext);
                return ValueTask.CompletedTask;
            }));
        return builder;
    }

    /// <summary>Forwards; what fails is answered in the error shape.</summary>
    public static WebApplication MapProxy(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<GatewayOptions>();
        app.MapReverseProxy(pipeline =>
        {
            pipeline.Use(async (http, next) =>
            {
                await next(http);
                if (http.GetForwarderErrorFeature() is { } failure) await AnswerFailureAsync(http, failure, options);
            });
            pipeline.UseLoadBalancing();
            pipeline.UsePassiveHealthChecks();
        });
        return app;
    }

    /// <summary>The edge's own headers, over what the destination sent: one request id, the gateway's timing first, the quota.</summary>
    private static void WriteHead(HttpContext http)
    {
        var state = http.Features.GetRequiredFeature<RequestState>();
        var headers = http.Response.Headers;
        headers[SlipwayHeaders.RequestId] = state.RequestId;
        headers.Remove("Server");
        var timing = headers[SlipwayHeaders.ServerTiming];
        headers[SlipwayHeaders.ServerTiming] = StringValues.IsNullOrEmpty(timing) ? state.GatewayTiming : $"{state.GatewayTiming}, {timing}";
        GatewayMiddleware.WriteQuota(headers, state);
    }

    private static Task AnswerFailureAsync(HttpContext http, IForwarderErrorFeature failure, GatewayOptions options)
    {
        if (http.Response.HasStarted || http.RequestAborted.IsCancellationRequested) return Task.CompletedTask;
        return ErrorFor(http, failure, options).WriteAsync(http.Response);
    }

    private static ApiError ErrorFor(HttpContext http, IForwarderErrorFeature failure, GatewayOptions options)
    {
        if (BadRequestOf(failure.Exception) is { } bad)
        {
            return bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? GatewayMiddleware.TooLarge(options.BodyLimit(http.Request.Path))
                : new ApiError(bad.StatusCode, "bad_request", "The request body could not be read.");
        }

        return failure.Error switch
        {
            ForwarderError.RequestTimedOut or ForwarderError.UpgradeActivityTimeout => new ApiError(504, "timeout", "The service did not answer in time."),
            ForwarderError.RequestBodyClient => ApiError.Invalid(null, "The request body could not be read.", "bad_request"),
            ForwarderError.NoAvailableDestinations or ForwarderError.Request or ForwarderError.RequestCreation or ForwarderError.RequestBodyDestination =>
                new ApiError(503, "service_unavailable", "The service is being restarted. Try again shortly.", RetryAfter: TimeSpan.FromSeconds(1)),
            _ => new ApiError(502, "upstream_error", "The service failed to answer."),
        };
    }

    private static BadHttpRequestException? BadRequestOf(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is BadHttpRequestException bad) return bad;
            if (exception is AggregateException { InnerExceptions: var all } && all.Select(BadRequestOf).FirstOrDefault(found => found is not null) is { } inner) return inner;
        }

        return null;
    }
}
