using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Tests.Elasticsearch;
using Slipway.Retrieval.Tests.Support;
using Slipway.Retrieval.Vectors;
using StackExchange.Redis;
using Xunit;

namespace Slipway.Retrieval.Tests.Vectors;

/// <summary>What every vector index does.</summary>
public abstract class VectorIndexContract : IAsyncLifetime
{
    private const int Dimensions = 16;
    private const string Set = "slipway:0a1b2c3d:1:1";

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected IVectorIndex Index { get; set; } = null!;

    public abstract ValueTask InitializeAsync();

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_set_that_was_never_made_is_empty()
    {
        Assert.Equal(0, await Index.CountAsync(Set, Cancel));
        Assert.Empty(await Index.SearchAsync(Set, Unit(1), 5, Cancel));
        Assert.Equal([1, 2], await Index.FindMissingAsync(Set, [1, 2], Cancel));
        Assert.Empty(await Index.ListAsync("slipway:0a1b2c3d:1:", Cancel));
        await Index.RemoveAsync(Set, [1], Cancel);
        await Index.DropAsync(Set, Cancel);
        await Index.PingAsync(Cancel);
    }

    [Fact]
    public async Task What_was_added_is_counted_and_found_at_once_with_its_cosine()
    {
        var vectors = Draw(200);
        await Index.AddAsync(Set, vectors, Cancel);
        Assert.Equal(200, await Index.CountAsync(Set, Cancel));
        var found = await Index.SearchAsync(Set, vectors[41].Vector, 10, Cancel);
        Assert.Equal(10, found.Count);
        Assert.Equal(vectors[41].Chunk, found[0].Chunk);
        Assert.Equal(1, found[0].Score, 0.02);
        Assert.Equal(found.OrderByDescending(hit => hit.Score), found);
        foreach (var hit in found) Assert.Equal(Dot(vectors[41].Vector, vectors.Single(vector => vector.Chunk == hit.Chunk).Vector), hit.Score, 0.02);
        var truth = vectors.OrderByDescending(vector => Dot(vectors[41].Vector, vector.Vector)).Take(10).Select(vector => vector.Chunk).ToList();
        // One byte a dimension may exchange neighbours that are nearly as near.
        Assert.True(found.Count(hit => truth.Contains(hit.Chunk)) >= 8);
    }

    [Fact]
    public async Task Opposite_vectors_have_a_cosine_of_minus_one()
    {
        var vector = Unit(3);
        await Index.AddAsync(Set, [new(1, vector), new(2, [.. vector.Select(value => -value)])], Cancel);
        var found = await Index.SearchAsync(Set, vector, 2, Cancel);
        Assert.Equal([1, 2], found.Select(hit => hit.Chunk));
        Assert.Equal(-1, found[1].Score, 0.02);
    }

    [Fact]
    public async Task Adding_again_changes_nothing()
    {
        var vectors = Draw(10);
        await Index.AddAsync(Set, vectors, Cancel);
        await Index.AddAsync(Set, [.. vectors, new(900, Unit(900))], Cancel);
        Assert.Equal(11, await Index.CountAsync(Set, Cancel));
        Assert.Equal(vectors[0].Chunk, (await Index.SearchAsync(Set, vectors[0].Vector, 1, Cancel))[0].Chunk);
    }

    [Fact]
    public async Task What_was_removed_is_gone_and_chunks_that_are_not_there_do_no_harm()
    {
        var vectors = Draw(10);
        await Index.AddAsync(Set, vectors, Cancel);
        await Index.RemoveAsync(Set, [vectors[3].Chunk, vectors[4].Chunk, 77_777], Cancel);
        Assert.Equal(8, await Index.CountAsync(Set, Cancel));
        Assert.Equal([vectors[3].Chunk, 5, vectors[4].Chunk], await Index.FindMissingAsync(Set, [vectors[3].Chunk, vectors[0].Chunk, 5, vectors[4].Chunk], Cancel));
        Assert.DoesNotContain(await Index.SearchAsync(Set, vectors[3].Vector, 10, Cancel), hit => hit.Chunk == vectors[3].Chunk);
    }

    [Fact]
    public async Task Sets_are_apart_are_listed_by_their_prefix_and_dropped_one_by_one()
    {
        foreach (var set in (string[])["slipway:0a1b2c3d:1:1", "slipway:0a1b2c3d:1:2", "slipway:0a1b2c3d:11:1", "slipway:ffffffff:1:1"]) await Index.AddAsync(set, Draw(3), Cancel);
        Assert.Equal(["slipway:0a1b2c3d:1:1", "slipway:0a1b2c3d:1:2"], (await Index.ListAsync("slipway:0a1b2c3d:1:", Cancel)).Order());
        await Index.RemoveAsync("slipway:0a1b2c3d:1:1", [Draw(1)[0].Chunk], Cancel);
        Assert.Equal(2, await Index.CountAsync("slipway:0a1b2c3d:1:1", Cancel));
        await Index.DropAsync("slipway:0a1b2c3d:1:1", Cancel);
        Assert.Equal(0, await Index.CountAsync("slipway:0a1b2c3d:1:1", Cancel));
        Assert.Equal(3, await Index.CountAsync("slipway:0a1b2c3d:1:2", Cancel));
        Assert.Equal(["slipway:0a1b2c3d:1:2"], await Index.ListAsync("slipway:0a1b2c3d:1:", Cancel));
        await Index.AddAsync("slipway:0a1b2c3d:1:1", Draw(2), Cancel);
        Assert.Equal(2, await Index.CountAsync("slipway:0a1b2c3d:1:1", Cancel));
    }

    private protected static List<ChunkVector> Draw(int count) => [.. Enumerable.Range(0, count).Select(i => new ChunkVector(1000 + (i * 7L), Unit(i)))];

    private protected static float[] Unit(int seed)
    {
        var random = new Random(seed + 1);
        var vector = Enumerable.Range(0, Dimensions).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray();
        var length = MathF.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / length)];
    }

    private protected static double Dot(float[] a, float[] b) => a.Zip(b).Sum(pair => (double)pair.First * pair.Second);
}

public sealed class ExactVectorIndexContract : VectorIndexContract
{
    public override ValueTask InitializeAsync()
    {
        Index = new ExactVectorIndex();
        return ValueTask.CompletedTask;
    }
}

public sealed class RespVectorIndexContract : VectorIndexContract
{
    private readonly VectorsServer _server = new();
    private ConnectionMultiplexer? _connection;

    public override async ValueTask InitializeAsync()
    {
        _connection = await ConnectionMultiplexer.ConnectAsync(_server.ConnectionString);
        Index = new RespVectorIndex(() => _connection, new VectorOptions());
    }

    public override async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        _server.Dispose();
    }
}

public sealed class ElasticVectorIndexContract : VectorIndexContract
{
    private FakeElastic _fake = null!;
    private ElasticSetup _setup = null!;

    public override async ValueTask InitializeAsync()
    {
        _fake = await FakeElastic.StartAsync();
        _setup = new ElasticSetup(_fake.ConnectionString);
        Index = _setup.Vectors;
    }

    public override async ValueTask DisposeAsync()
    {
        _setup.Dispose();
        await _fake.DisposeAsync();
    }

    [Fact]
    public async Task A_filtered_search_finds_the_nearest_of_the_documents_that_pass()
    {
        var (drawn, vectors) = (new DrawnMetadata(5), Draw(150));
        foreach (var vector in vectors) _setup.Metadata[vector.Chunk] = drawn.Document();
        await Index.AddAsync("slipway:0a1b2c3d:1:9", vectors, Cancel);
        var (some, none) = (0, 0);
        for (var i = 0; i < 200; i++)
        {
            var (filter, query) = (drawn.Filter(), Unit(5000 + i));
            var expected = vectors.Where(vector => filter.Accepts(_setup.Metadata[vector.Chunk])).OrderByDescending(vector => Dot(query, vector.Vector)).Take(7).Select(vector => vector.Chunk).ToList();
            var found = await ((IFilteredVectorIndex)Index).SearchAsync("slipway:0a1b2c3d:1:9", query, 7, filter, Cancel);
            Assert.Equal(expected, found.Select(hit => hit.Chunk));
            if (expected.Count > 0) some++;
            else none++;
        }

        Assert.True(some > 50 && none > 10, $"{some} filters let something pass, {none} nothing: both are to be tried.");
    }

    [Fact]
    public async Task A_document_without_metadata_passes_no_filter()
    {
        await Index.AddAsync("slipway:0a1b2c3d:1:9", Draw(3), Cancel);
        Assert.Empty(await ((IFilteredVectorIndex)Index).SearchAsync("slipway:0a1b2c3d:1:9", Unit(1), 3, new MetadataFilter([new AnyOfCondition("year", ["2024"])]), Cancel));
    }
}
