using System.Text.Json;
using Slipway.Cli.Edge;

namespace Slipway.Cli.Retrieval;

/// <summary>What a search found: passages, best first.</summary>
/// <param name="Passages">Document and passage.</param>
/// <param name="DegradedReason">Why keywords answered instead of the mode that was asked for; empty otherwise.</param>
internal sealed record Found(IReadOnlyList<(string Document, string Chunk)> Passages, string DegradedReason);

/// <summary>An edge, as far as retrieval is concerned.</summary>
internal sealed class EdgeSearch : IDisposable
{
    private readonly EdgeClient _edge;

    public EdgeSearch(Uri edge, string key) => _edge = new EdgeClient(edge, key, TimeSpan.FromSeconds(150));

    /// <summary><c>POST /v1/search</c>.</summary>
    /// <exception cref="UnableException">It was refused, or not answered.</exception>
    public async Task<Found> SearchAsync(string query, string mode, int limit, string collection, CancellationToken cancellationToken)
    {
        var json = await _edge.PostAsync("/v1/search", new { query, mode, limit, collection }, "a search", cancellationToken);
        try
        {
            return Read(json);
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException)
        {
            throw new UnableException($"{_edge.Address} did not answer a search as an edge does: {exception.Message}", exception);
        }
    }

    /// <summary><c>POST /admin/retrieval/{tenant}/fusion</c>.</summary>
    /// <exception cref="UnableException">It was refused, or not answered.</exception>
    public Task<JsonElement> TuneAsync(string tenant, object request, CancellationToken cancellationToken) =>
        _edge.PostAsync($"/admin/retrieval/{Uri.EscapeDataString(tenant)}/fusion", request, "the judged questions", cancellationToken);

    public void Dispose() => _edge.Dispose();

    private static Found Read(JsonElement json) => new(
        [.. json.GetProperty("passages").EnumerateArray().Select(passage => (passage.GetProperty("document_id").GetString()!, passage.GetProperty("chunk_id").GetString()!))],
        json.GetProperty("degraded_reason").GetString() ?? "");
}
