using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>The client of Elasticsearch, for whichever backends are it.</summary>
internal static class ElasticServices
{
    /// <summary>Whether the configuration names Elasticsearch as a backend.</summary>
    public static bool IsUsed(RetrievalOptions options) => options.Vectors.Backend == ElasticOptions.Name || options.Keyword.Backend == ElasticOptions.Name;

    /// <summary>Adds the client. Requests are not logged; traces name method, address and status.</summary>
    public static void AddElasticsearch(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddHttpClient(ElasticOptions.Name, static (provider, http) =>
            {
                var connection = provider.GetRequiredService<ElasticConnection>();
                http.BaseAddress = connection.Address;
                http.DefaultRequestHeaders.Authorization = connection.Authorization;
                // Each request has a limit of its own.
                http.Timeout = Timeout.InfiniteTimeSpan;
            })
            .ConfigurePrimaryHttpMessageHandler(static provider => Handler(provider.GetRequiredService<ElasticOptions>()))
            .RemoveAllLoggers();
        var connectionString = builder.Configuration.GetConnectionString(ElasticOptions.Name)!;
        services.TryAddSingleton(provider => ElasticConnection.Parse(connectionString, provider.GetRequiredService<ElasticOptions>().ApiKey));
        services.TryAddSingleton(static provider => new ElasticClient(
            provider.GetRequiredService<IHttpClientFactory>(), provider.GetRequiredService<ElasticOptions>(), provider.GetRequiredService<TimeProvider>(),
            new Random(RandomNumberGenerator.GetInt32(int.MaxValue))));
        services.TryAddSingleton<ElasticBulk>();
        services.TryAddSingleton<IChunkMetadata>(static provider => provider.GetRequiredService<DocumentStore>());
    }

    private static SocketsHttpHandler Handler(ElasticOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(options.ConnectTimeoutMs),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseCookies = false,
        };
        if (options.CertificateFingerprint.Length > 0)
        {
            var trusted = options.CertificateFingerprint.Replace(":", "", StringComparison.Ordinal);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                errors == System.Net.Security.SslPolicyErrors.None
                || Is(trusted, certificate)
                || (chain is not null && chain.ChainElements.Any(element => Is(trusted, element.Certificate)));
        }

        return handler;
    }

    private static bool Is(string fingerprint, System.Security.Cryptography.X509Certificates.X509Certificate? certificate) =>
        certificate is not null && certificate.GetCertHashString(HashAlgorithmName.SHA256).Equals(fingerprint, StringComparison.OrdinalIgnoreCase);
}
