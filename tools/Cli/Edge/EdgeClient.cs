using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Slipway.Cli.Edge;

/// <summary>Asks an edge for JSON; what it refuses, or does not answer as an edge does, is told in one line.</summary>
internal sealed class EdgeClient : IDisposable
{
    private readonly HttpClient _http;

    public EdgeClient(Uri edge, string key, TimeSpan timeout)
    {
        _http = new HttpClient { BaseAddress = edge, Timeout = timeout };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Uri Address => _http.BaseAddress!;

    /// <summary>Asks for something.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="what">What is asked for, for people.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="EdgeRefusalException">It was refused.</exception>
    /// <exception cref="UnableException">It was not answered.</exception>
    public Task<JsonElement> GetAsync(string path, string what, CancellationToken cancellationToken) => ReadAsync(() => _http.GetAsync(path, cancellationToken), what, cancellationToken);

    /// <summary>Sends something.</summary>
    /// <exception cref="EdgeRefusalException">It was refused.</exception>
    /// <exception cref="UnableException">It was not answered.</exception>
    public Task<JsonElement> PostAsync(string path, object request, string what, CancellationToken cancellationToken) =>
        ReadAsync(() => _http.PostAsJsonAsync(path, request, cancellationToken), what, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> ReadAsync(Func<Task<HttpResponseMessage>> send, string what, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await send();
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            if (response.IsSuccessStatusCode) return json.RootElement.Clone();
            var error = json.RootElement.GetProperty("error");
            throw new EdgeRefusalException((int)response.StatusCode, $"{Address} refused {what}: {(int)response.StatusCode} {error.GetProperty("code")}: {error.GetProperty("message")}");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new UnableException($"{Address} did not answer {what} as an edge does: {exception.Message}", exception);
        }
    }
}

/// <summary>An edge refused something; the message is in its words.</summary>
internal sealed class EdgeRefusalException(int status, string message) : UnableException(message)
{
    public int Status => status;
}
