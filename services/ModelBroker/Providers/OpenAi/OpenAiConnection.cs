using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Providers.OpenAi;

/// <summary>
/// OpenAI's client for one provider, without the things it does unasked: it would try three times again behind the caller's back, and give up after 100 s
/// of its own; deadlines and other models are the callers' business.
/// </summary>
internal sealed class OpenAiConnection : IDisposable
{
    private readonly HttpClient _http;

    public OpenAiConnection(CatalogProvider provider)
    {
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // Providers move behind DNS.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var options = new OpenAIClientOptions
        {
            Endpoint = provider.BaseUrl,
            Transport = new HttpClientPipelineTransport(_http),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        };
        if (provider.ApiKey is null) options.AddPolicy(new NoAuthorizationPolicy(), PipelinePosition.BeforeTransport);
        Client = new OpenAIClient(new ApiKeyCredential(provider.ApiKey ?? "none"), options);
    }

    public OpenAIClient Client { get; }

    public void Dispose() => _http.Dispose();

    /// <summary>The client insists on a key; an endpoint that wants none gets none.</summary>
    private sealed class NoAuthorizationPolicy : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Remove("Authorization");
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Remove("Authorization");
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }
}
