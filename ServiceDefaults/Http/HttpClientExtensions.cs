using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Security;

namespace Slipway.ServiceDefaults.Http;

/// <summary>HTTP between the services: discovery, the internal key, and resilience where repeating is harmless.</summary>
public static class HttpClientExtensions
{
    /// <summary>
    /// Adds a named client of another service, found by discovery as <c>http://SERVICE</c>: the standard resilience pipeline of Microsoft.Extensions.Http.Resilience
    /// (concurrency limit, total time-out 30 s, up to 3 retries with back-off, circuit breaker, 10 s for each attempt), where only safe methods (GET, HEAD, OPTIONS, TRACE) are retried.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="service">The resource's name, which is the client's name too.</param>
    public static IHttpClientBuilder AddHttpClientFor(this IHostApplicationBuilder builder, string service)
    {
        var client = builder.Services.AddHttpClient(service, (services, http) =>
        {
            http.BaseAddress = new Uri($"http://{service}");
            http.DefaultRequestHeaders.Add(SlipwayHeaders.InternalKey, services.GetRequiredService<InternalKey>().Value);
        });
        client.AddStandardResilienceHandler(options => options.Retry.DisableForUnsafeHttpMethods());
        return client;
    }
}
