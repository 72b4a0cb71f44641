using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>
/// Sends requests to Elasticsearch 8.15 and later. The version of its API is asked for once (<c>GET /</c>) and named in every request; an answer that does not say
/// <c>X-Elastic-Product: Elasticsearch</c> is not taken for one. Changes that are turned away for load are sent again, so whoever sends one makes sure that twice is as good as once.
/// </summary>
internal sealed class ElasticClient(IHttpClientFactory clients, ElasticOptions options, TimeProvider time, Random random)
{
    /// <summary>The first version whose requests are these.</summary>
    public static readonly Version Oldest = new(8, 15);

    private volatile int _compatibility = options.Compatibility;

    /// <summary>For requests that read.</summary>
    public TimeSpan ReadTimeout { get; } = TimeSpan.FromMilliseconds(options.ReadTimeoutMs);

    /// <summary>For requests that change something.</summary>
    public TimeSpan WriteTimeout { get; } = TimeSpan.FromMilliseconds(options.WriteTimeoutMs);

    /// <summary>Sends a request.</summary>
    /// <returns>The answer, which the caller disposes of.</returns>
    /// <exception cref="ElasticException">There is no answer, or it is an error.</exception>
    public async Task<JsonDocument> SendAsync(ElasticRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan pause;
            try
            {
                if (_compatibility == 0) await AskVersionAsync(cancellationToken);
                return await SendOnceAsync(request, _compatibility, cancellationToken);
            }
            catch (ElasticException exception) when (request.Repeated && exception.Fault == ElasticFault.Throttled && Pause(attempt, exception.RetryAfter) is { } wait)
            {
                pause = wait;
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>Asks whether the cluster can be used: it is of a version that is understood and has a master.</summary>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        if (_compatibility == 0) await AskVersionAsync(cancellationToken);
        using var health = await SendAsync(new ElasticRequest(HttpMethod.Get, "_cluster/health", ReadTimeout) { Telling = true }, cancellationToken);
    }

    /// <summary>How long to wait before the next attempt; null when there is to be none.</summary>
    /// <param name="attempt">How many were made again already.</param>
    /// <param name="retryAfter">What the server asked for.</param>
    public TimeSpan? Pause(int attempt, TimeSpan? retryAfter)
    {
        if (attempt >= options.Retries) return null;
        double jitter;
        lock (random) jitter = random.NextDouble();
        var longest = TimeSpan.FromMilliseconds(options.MaxRetryDelayMs);
        var drawn = TimeSpan.FromMilliseconds(Math.Min(options.RetryDelayMs * Math.Pow(2, attempt), options.MaxRetryDelayMs) * (0.5 + (jitter / 2)));
        if (retryAfter is not { } asked || asked <= drawn) return drawn;
        return asked <= longest ? asked : null;
    }

    private async Task AskVersionAsync(CancellationToken cancellationToken)
    {
        using var answer = await SendOnceAsync(new ElasticRequest(HttpMethod.Get, "", ReadTimeout) { Telling = true }, 0, cancellationToken);
        var number = answer.RootElement.TryGetProperty("version", out var version) && version.TryGetProperty("number", out var text) ? text.GetString() : null;
        // 9.1.0, or 9.1.0-SNAPSHOT.
        if (!Version.TryParse(number?.Split('-')[0], out var known)) throw new ElasticException(ElasticFault.Rejected, "GET / named no version of Elasticsearch.");
        if (known < Oldest) throw new ElasticException(ElasticFault.Rejected, $"Elasticsearch has the version {known}; {Oldest} or later is needed.");
        _compatibility = known.Major == 8 ? 8 : 9;
    }

    private async Task<JsonDocument> SendOnceAsync(ElasticRequest request, int compatibility, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(request.Timeout, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var message = new HttpRequestMessage(request.Method, request.Path);
            message.Headers.Accept.Add(MediaType("json", compatibility));
            if (!request.Body.IsEmpty) message.Content = new ReadOnlyMemoryContent(request.Body) { Headers = { ContentType = MediaType(request.Lines ? "x-ndjson" : "json", compatibility) } };
            using var response = await clients.CreateClient(ElasticOptions.Name).SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ends.Token);
            var body = await response.Content.ReadAsByteArrayAsync(ends.Token);
            if (!response.IsSuccessStatusCode) throw ElasticErrors.Of(request, response.StatusCode, response.Headers.RetryAfter, body, time.GetUtcNow());
            if (!response.Headers.TryGetValues("X-Elastic-Product", out var products) || !products.Contains("Elasticsearch"))
                throw new ElasticException(ElasticFault.Rejected, $"{request} was answered by something that does not say that it is Elasticsearch.");
            return JsonDocument.Parse(body);
        }
        catch (JsonException exception)
        {
            throw new ElasticException(ElasticFault.Rejected, $"{request} was answered with something that is not JSON.", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw limit.IsCancellationRequested
                ? new ElasticException(ElasticFault.Timeout, FormattableString.Invariant($"{request} was not answered within {request.Timeout.TotalMilliseconds} ms."), exception)
                : new ElasticException(ElasticFault.Unavailable, $"{request} found no connection in time.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new ElasticException(ElasticFault.Unavailable, $"{request} found no connection, or it was cut.", exception);
        }
    }

    /// <summary>Before the version is known it is plain JSON, which every version takes.</summary>
    private static MediaTypeWithQualityHeaderValue MediaType(string kind, int compatibility)
    {
        if (compatibility == 0) return new MediaTypeWithQualityHeaderValue("application/" + kind);
        var type = new MediaTypeWithQualityHeaderValue("application/vnd.elasticsearch+" + kind);
        type.Parameters.Add(new NameValueHeaderValue("compatible-with", compatibility.ToString(CultureInfo.InvariantCulture)));
        return type;
    }
}
