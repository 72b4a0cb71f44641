using System.Diagnostics;
using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Retrieval.Bench;

internal static class Workload
{
    public const string Tenant = "scifact";

    public static async Task IngestAsync(RetrievalService.RetrievalServiceClient client, Metadata headers, SciFact data)
    {
        using var call = client.UpsertDocuments(headers);
        var reading = Task.Run(async () =>
        {
            await foreach (var result in call.ResponseStream.ReadAllAsync())
            {
                if (!result.Stored) throw new InvalidOperationException($"{result.Id}: {result.ErrorMessage}");
            }
        });
        foreach (var document in data.Documents)
        {
            await call.RequestStream.WriteAsync(new UpsertDocumentRequest { Tenant = Tenant, Id = document.Id, Title = document.Title, Text = document.Text });
        }

        await call.RequestStream.CompleteAsync();
        await reading;
    }

    /// <summary>Asks until a hybrid search is answered as one.</summary>
    public static async Task UntilHybridAsync(RetrievalService.RetrievalServiceClient client, Metadata headers)
    {
        while ((await client.SearchAsync(new SearchRequest { Tenant = Tenant, Query = "gene expression" }, headers)).Mode != SearchMode.Hybrid) await Task.Delay(100);
    }

    /// <summary>trec_eval's nDCG@10 (linear gain; a query without results scores 0) and recall@5 over documents, with each query's latency, sorted.</summary>
    public static async Task<(double Ndcg, double Recall5, List<double> Latency)> EvaluateAsync(
        RetrievalService.RetrievalServiceClient client, Metadata headers, SciFact data, IReadOnlyDictionary<string, HashSet<string>> judged, SearchMode mode)
    {
        double ndcg = 0, recall = 0;
        var latency = new List<double>();
        foreach (var (query, relevant) in judged)
        {
            var watch = Stopwatch.StartNew();
            // 30 passages hold at least 10 documents.
            var response = await client.SearchAsync(new SearchRequest { Tenant = Tenant, Query = data.Queries[query], Mode = mode, Limit = 30 }, headers);
            latency.Add(watch.Elapsed.TotalMilliseconds);
            var ranked = response.Passages.Select(passage => passage.DocumentId).Distinct().ToList();
            var gain = ranked.Take(10).Select((id, rank) => relevant.Contains(id) ? 1 / Math.Log2(rank + 2) : 0).Sum();
            ndcg += gain / Enumerable.Range(0, Math.Min(10, relevant.Count)).Sum(rank => 1 / Math.Log2(rank + 2));
            recall += ranked.Take(5).Count(relevant.Contains) / (double)relevant.Count;
        }

        latency.Sort();
        return (ndcg / judged.Count, recall / judged.Count, latency);
    }
}
