using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>What an item of a bulk request does.</summary>
internal enum BulkAction
{
    /// <summary>Puts a document in unless it is there.</summary>
    Create,

    /// <summary>Puts a document in, in place of what is there.</summary>
    Index,

    /// <summary>Takes a document out if it is there.</summary>
    Delete,
}

/// <summary>An item of a bulk request: a chunk and, unless it is taken out, its document as JSON.</summary>
internal readonly record struct BulkItem(long Chunk, byte[] Source);

/// <summary>
/// Sends many changes in requests of bounded size. A request can succeed in part: what was turned away for load is sent again by itself, and the rest that failed is an error which says how many
/// and of what type. The target is an alias (<c>require_alias</c>): Elasticsearch would otherwise make up an index, with a mapping of its own, where ours is gone.
/// </summary>
internal sealed class ElasticBulk(ElasticClient client, ElasticOptions options, TimeProvider time)
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();

    /// <summary>Makes changes.</summary>
    /// <exception cref="ElasticException">Some were not made. What was, stays.</exception>
    public async Task SendAsync(string alias, BulkAction action, IEnumerable<BulkItem> items, CancellationToken cancellationToken)
    {
        var batch = new List<BulkItem>();
        var bytes = 0L;
        foreach (var item in items)
        {
            if (batch.Count > 0 && (batch.Count >= options.BulkDocuments || bytes + item.Source.Length > options.BulkBytes))
            {
                await SendBatchAsync(alias, action, batch, cancellationToken);
                (batch, bytes) = ([], 0);
            }

            batch.Add(item);
            bytes += item.Source.Length;
        }

        if (batch.Count > 0) await SendBatchAsync(alias, action, batch, cancellationToken);
    }

    private async Task SendBatchAsync(string alias, BulkAction action, List<BulkItem> batch, CancellationToken cancellationToken)
    {
        var whole = batch.Count;
        for (var attempt = 0; ; attempt++)
        {
            var request = new ElasticRequest(HttpMethod.Post, $"{alias}/_bulk?require_alias=true", client.WriteTimeout) { Body = Write(action, batch), Lines = true, Repeated = true };
            using var answer = await client.SendAsync(request, cancellationToken);
            if (!answer.RootElement.GetProperty("errors").GetBoolean()) return;
            var (throttled, failures) = Read(action, batch, answer.RootElement.GetProperty("items"));
            if (failures.Count > 0) throw Failed(request, whole, failures);
            if (throttled.Count == 0) return;
            if (client.Pause(attempt, null) is not { } pause)
                throw new ElasticException(ElasticFault.Throttled, FormattableString.Invariant($"{request}: {throttled.Count} of {whole} chunks were turned away for load."));
            await Task.Delay(pause, time, cancellationToken);
            batch = throttled;
        }
    }

    private static ElasticException Failed(ElasticRequest request, int whole, List<(int Status, string Type)> failures)
    {
        var (status, type) = failures[0];
        return new ElasticException(
            ElasticErrors.FaultOf(status, type), FormattableString.Invariant($"{request}: {failures.Count} of {whole} chunks were refused, the first with {status} {type}."));
    }

    private static byte[] Write(BulkAction action, List<BulkItem> batch)
    {
        var lines = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(lines);
        foreach (var item in batch)
        {
            json.WriteStartObject();
            json.WriteStartObject(NameOf(action));
            json.WriteString("_id", item.Chunk.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteEndObject();
            json.Flush();
            json.Reset();
            lines.Write(NewLine);
            if (action == BulkAction.Delete) continue;
            lines.Write(item.Source);
            lines.Write(NewLine);
        }

        return lines.WrittenSpan.ToArray();
    }

    /// <summary>Which items are to be sent again, and what became of those that failed for good.</summary>
    private static (List<BulkItem> Throttled, List<(int Status, string Type)> Failures) Read(BulkAction action, List<BulkItem> batch, JsonElement items)
    {
        var throttled = new List<BulkItem>();
        var failures = new List<(int Status, string Type)>();
        var at = 0;
        foreach (var item in items.EnumerateArray())
        {
            var result = item.GetProperty(NameOf(action));
            var status = result.GetProperty("status").GetInt32();
            var type = result.TryGetProperty("error", out var error) ? ElasticErrors.Read(error).Type : "";
            if (status == 429) throttled.Add(batch[at]);
            else if (status >= 300 && !IsDone(action, status, type)) failures.Add((status, type));
            at++;
        }

        if (at != batch.Count) throw new ElasticException(ElasticFault.Rejected, FormattableString.Invariant($"A bulk request of {batch.Count} chunks was answered for {at}."));
        return (throttled, failures);
    }

    /// <summary>There already, or gone already: as good as done.</summary>
    private static bool IsDone(BulkAction action, int status, string type) => action switch
    {
        BulkAction.Create => status == 409,
        BulkAction.Delete => status == 404 && type != "index_not_found_exception",
        _ => false,
    };

    private static string NameOf(BulkAction action) => action switch
    {
        BulkAction.Create => "create",
        BulkAction.Index => "index",
        _ => "delete",
    };
}
