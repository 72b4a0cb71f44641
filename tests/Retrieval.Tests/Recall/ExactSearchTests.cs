using System.Numerics.Tensors;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Recall;
using Slipway.Retrieval.Tests.Support;
using Slipway.Retrieval.Vectors;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Recall;

public sealed class ExactSearchTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_agrees_with_the_exact_index_and_tells_what_is_missing()
    {
        await using var host = new RetrievalHost(_folder.Path, null, ("Slipway:Retrieval:Vectors:Backend", "exact"));
        await host.UpsertAsync(Cancel, Enumerable.Range(0, 40).Select(i => Samples.Text("acme", $"d{i}", $"word{i} word{i + 1} word{i + 2} word{(i * 7) % 40} common")));
        await host.VectorsReadyAsync("acme", Cancel);
        var generation = host.Corpora.Find("acme")!.Generation!;
        var store = host.Service<DocumentStore>();
        var queries = store.ReadVectors(generation.Row.Number, store.ReadVectorChunks(generation.Row.Number, 0, 8)).Select(vector => (ReadOnlyMemory<float>)vector.Vector).ToList();
        var found = new List<IReadOnlyList<long>>();
        foreach (var query in queries) found.Add([.. (await host.Vectors.SearchAsync(generation.Set, query, 10, Cancel)).Select(hit => hit.Chunk)]);
        var exact = new ExactSearch(store);

        Assert.All(exact.Recall(generation.Row.Number, queries, found, 10, Cancel), recall => Assert.Equal(1, recall));
        Assert.All(exact.Recall(generation.Row.Number, queries, [.. found.Select(chunks => (IReadOnlyList<long>)[.. chunks.Skip(3)])], 10, Cancel), recall => Assert.InRange(recall!.Value, 0.7, 1));
        Assert.All(exact.Recall(generation.Row.Number, queries, [.. found.Select(_ => (IReadOnlyList<long>)[])], 10, Cancel), recall => Assert.Equal(0, recall));
        Assert.All(exact.Recall(generation.Row.Number + 1, queries, found, 10, Cancel), recall => Assert.Null(recall));
    }

    [Fact]
    public async Task The_exact_index_finds_what_a_sort_of_everything_finds_also_after_removals()
    {
        var random = new Random(5);
        var vectors = Enumerable.Range(1, 500).Select(chunk => new ChunkVector(chunk, Unit(random))).ToList();
        var index = new ExactVectorIndex();
        await index.AddAsync("s", vectors, Cancel);
        await index.AddAsync("s", vectors[..10], Cancel);
        var gone = Enumerable.Range(1, 500).Where(_ => random.Next(3) == 0).Select(chunk => (long)chunk).ToList();
        await index.RemoveAsync("s", gone, Cancel);
        vectors.RemoveAll(vector => gone.Contains(vector.Chunk));

        Assert.Equal(vectors.Count, await index.CountAsync("s", Cancel));
        Assert.Equal(gone, await index.FindMissingAsync("s", [.. Enumerable.Range(1, 500).Select(chunk => (long)chunk)], Cancel));
        for (var i = 0; i < 20; i++)
        {
            var query = Unit(random);
            var expected = vectors.OrderByDescending(vector => TensorPrimitives.Dot<float>(query, vector.Vector)).ThenBy(vector => vector.Chunk).Take(10).Select(vector => vector.Chunk);
            Assert.Equal(expected, (await index.SearchAsync("s", query, 10, Cancel)).Select(hit => hit.Chunk));
        }
    }

    [Fact]
    public async Task The_exact_index_refuses_vectors_of_another_length_and_finds_nothing_with_such_queries()
    {
        var index = new ExactVectorIndex();
        await index.AddAsync("s", [new(1, [1, 0])], Cancel);

        var refused = await Assert.ThrowsAsync<VectorIndexException>(() => index.AddAsync("s", [new(2, [1, 0, 0])], Cancel));
        Assert.Equal((VectorFault.Refused, "A vector has 3 dimensions; those of its set have 2."), (refused.Fault, refused.Message));
        Assert.Empty(await index.SearchAsync("s", new float[] { 1, 0, 0 }, 5, Cancel));
        Assert.Empty(await index.SearchAsync("other", new float[] { 1, 0 }, 5, Cancel));
    }

    private static float[] Unit(Random random)
    {
        var vector = Enumerable.Range(0, 32).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray();
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
        return vector;
    }
}
