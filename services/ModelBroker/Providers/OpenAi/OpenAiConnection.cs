using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Providers.OpenAi;

/// <summary>
/// OpenAI's client for one provider, without the things it does unasked: it would try three times again behind the caller's back, and give up after 100 s
/// of its own; deadlines and other models are the callers' business. Nor does it see the chunks of a stream that are no JSON: it would give up at them.
/// </summary>
internal sealed class OpenAiConnection : IDisposable
{
    private readonly HttpClient _http;

    public OpenAiConnection(CatalogProvider provider)
        : this(provider, provider.BaseUrl!, provider.ApiKey is null ? new NoAuthorizationPolicy() : null)
    {
    }

    /// <summary>A connection to an endpoint.</summary>
    /// <param name="provider">Whose key is sent.</param>
    /// <param name="endpoint">Where the client finds its paths.</param>
    /// <param name="policy">Changes a request before it is sent; null: none does.</param>
    public OpenAiConnection(CatalogProvider provider, Uri endpoint, PipelinePolicy? policy)
    {
        _http = ProviderHttp.Open(connections => new ReadableEventsHandler(connections, () => SkippedChunks.Note(provider)));
        var options = new OpenAIClientOptions
        {
            Endpoint = endpoint,
            Transport = new HttpClientPipelineTransport(_http),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            // It would look at each message whether it is to be logged, which none is.
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        };
        if (policy is not null) options.AddPolicy(policy, PipelinePosition.BeforeTransport);
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
