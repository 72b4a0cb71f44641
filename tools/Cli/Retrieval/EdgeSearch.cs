using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Slipway.Cli.Retrieval;

/// <summary>What a search found: passages, best first.</summary>
/// <param name="Passages">Document and passage.</param>
/// <param name="DegradedReason">Why keywords answered instead of the mode that was asked for; empty otherwise.</param>
internal sealed record Found(IReadOnlyList<(string Document, string Chunk)> Passages, string DegradedReason);

/// <summary>An edge, as far as retrieval is concerned.</summary>
internal sealed class EdgeSearch : IDisposable
{
    private readonly HttpClient _http;

    public EdgeSearch(Uri edge, string key)
    {
        _http = new HttpClient { BaseAddress = edge, Timeout = TimeSpan.FromSeconds(150) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary><c>POST /v1/search</c>.</summary>
    /// <exception cref="UnableException">It was refused, or not answered.</exception>
    public async Task<Found> SearchAsync(string query, string mode, int limit, string collection, CancellationToken cancellationToken) =>
        Read(await PostAsync("/v1/search", new { query, mode, limit, collection }, "a search", cancellationToken));

    /// <summary><c>POST /admin/retrieval/{tenant}/fusion</c>.</summary>
    /// <exception cref="UnableException">It was refused, or not answered.</exception>
    public Task<JsonElement> TuneAsync(string tenant, object request, CancellationToken cancellationToken) =>
        PostAsync($"/admin/retrieval/{Uri.EscapeDataString(tenant)}/fusion", request, "the judged questions", cancellationToken);

    private async Task<JsonElement> PostAsync(string path, object request, string what, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.PostAsJsonAsync(path, request, cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            if (response.IsSuccessStatusCode) return json.RootElement.Clone();
            var error = json.RootElement.GetProperty("error");
            throw new UnableException($"{_http.BaseAddress} refused {what}: {(int)response.StatusCode} {error.GetProperty("code")}: {error.GetProperty("message")}");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new UnableException($"{_http.BaseAddress} did not answer {what} as an edge does: {exception.Message}", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private static Found Read(JsonElement json) => new(
        [.. json.GetProperty("passages").EnumerateArray().Select(passage => (passage.GetProperty("document_id").GetString()!, passage.GetProperty("chunk_id").GetString()!))],
        json.GetProperty("degraded_reason").GetString() ?? "");
}
