using System.Net;
using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.ServiceDefaults.Security;

namespace Slipway.ServiceDefaults.Grpc;

/// <summary>gRPC between the services: h2c, the internal key, deadlines that travel, retries where repeating is harmless.</summary>
public static class GrpcExtensions
{
    /// <summary>The largest message either way: the 4 MiB document limit with room for its envelope, in bytes.</summary>
    public const int MaxMessageBytes = 16 * 1024 * 1024;

    /// <summary>Adds the gRPC server.</summary>
    public static WebApplicationBuilder AddGrpcServer(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CancellationInterceptor>();
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = MaxMessageBytes;
            options.MaxSendMessageSize = MaxMessageBytes;
            options.IgnoreUnknownServices = false;
            options.Interceptors.Add<CancellationInterceptor>();
        });
        return builder;
    }

    /// <summary>
    /// Adds a client of another service, found by discovery as <c>http://_grpc.SERVICE</c>. Inside a gRPC call the deadline and the cancellation of that call
    /// are passed on; elsewhere the caller names them in its call options.
    /// </summary>
    /// <typeparam name="TClient">The generated client.</typeparam>
    /// <param name="builder">The host.</param>
    /// <param name="service">The resource's name, for example <c>retrieval</c>.</param>
    /// <param name="idempotentMethods">
    /// The methods (full name, <c>slipway.v1.RetrievalService/Search</c>) that are tried again, up to 3 times in all, when the service was <c>UNAVAILABLE</c>.
    /// </param>
    public static IHttpClientBuilder AddGrpcClientFor<TClient>(this IHostApplicationBuilder builder, string service, params string[] idempotentMethods)
        where TClient : class
    {
        var config = ServiceConfigFor(idempotentMethods);
        return builder.Services
            .AddGrpcClient<TClient>(options =>
            {
                options.Address = new Uri($"http://_grpc.{service}");
                options.ChannelOptionsActions.Add(channel =>
                {
                    channel.MaxReceiveMessageSize = MaxMessageBytes;
                    channel.MaxSendMessageSize = MaxMessageBytes;
                    channel.ServiceConfig = config;
                });
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                ConnectTimeout = TimeSpan.FromSeconds(2),
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                // A peer that hangs (SIGSTOP, a dead host) is noticed here when no deadline does it.
                KeepAlivePingDelay = TimeSpan.FromSeconds(15),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
                UseProxy = false,
                AutomaticDecompression = DecompressionMethods.None,
                // The call's own span is enough, and hands the trace on: see AddTelemetry.
                ActivityHeadersPropagator = null,
            })
            // The primary handler keeps its connections for the life of the process; discovery resolves addresses on each call.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // A call is told by its span and by whoever made it; the factory's own loggers would cost two more handlers on each.
            .RemoveAllLoggers()
            .AddInterceptor<InternalKeyInterceptor>()
            .EnableCallContextPropagation(options => options.SuppressContextNotFoundErrors = true);
    }

    private static ServiceConfig ServiceConfigFor(string[] idempotentMethods)
    {
        var method = new MethodConfig
        {
            RetryPolicy = new RetryPolicy
            {
                MaxAttempts = 3,
                InitialBackoff = TimeSpan.FromMilliseconds(20),
                MaxBackoff = TimeSpan.FromMilliseconds(200),
                BackoffMultiplier = 3,
                RetryableStatusCodes = { StatusCode.Unavailable },
            },
        };
        foreach (var name in idempotentMethods)
        {
            var parts = name.Split('/');
            if (parts.Length != 2) throw new ArgumentException($"'{name}' is not of the form package.Service/Method.", nameof(idempotentMethods));
            method.Names.Add(new MethodName { Service = parts[0], Method = parts[1] });
        }

        return idempotentMethods.Length == 0 ? new ServiceConfig() : new ServiceConfig { MethodConfigs = { method } };
    }
}
