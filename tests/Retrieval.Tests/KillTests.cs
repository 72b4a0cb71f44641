using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Slipway.Contracts;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Tests.Support;
using Slipway.Retrieval.Vectors;
using Slipway.Testing;
using StackExchange.Redis;
using Xunit;

namespace Slipway.Retrieval.Tests;

/// <summary>The service as a process that is killed.</summary>
[Trait("Category", "Slow")]
public sealed class KillTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_acknowledged_document_is_in_both_indexes_after_a_kill_at_a_drawn_point_of_a_stream(int seed)
    {
        var random = new Random(seed);
        var killAt = random.Next(20, 2500);
        var documents = Enumerable.Range(0, 3000).Select(i => Samples.Text("acme", $"d{i}", $"The unique{i} words: " + Words(random))).ToList();
        using var vectors = new VectorsServer();
        var acknowledged = new List<string>();
        using (var service = await ServiceProcess.StartAsync(_folder.Path, vectors, Cancel))
        {
            using var call = service.Client.UpsertDocuments(RetrievalHost.Key, cancellationToken: Cancel);
            var sending = SendAsync(call, documents, complete: false);
            while (acknowledged.Count < killAt && await call.ResponseStream.MoveNext(Cancel))
            {
                Assert.True(call.ResponseStream.Current.Stored);
                acknowledged.Add(call.ResponseStream.Current.Id);
            }

            service.Kill();
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await sending;
                // All were sent before the kill: then it is the reader who learns of it.
                while (await call.ResponseStream.MoveNext(Cancel)) acknowledged.Add(call.ResponseStream.Current.Id);
            });
        }

        using var again = await ServiceProcess.StartAsync(_folder.Path, vectors, Cancel);
        foreach (var id in acknowledged)
        {
            var response = await again.Client.SearchAsync(
                new SearchRequest { Tenant = "acme", Query = $"unique{id[1..]}", Mode = SearchMode.Keyword, Limit = 1 }, RetrievalHost.Key, cancellationToken: Cancel);
            Assert.Equal(id, Assert.Single(response.Passages).DocumentId);
        }

        // Whoever was cut off sends everything again: what was acknowledged is not stored twice.
        using (var call = again.Client.UpsertDocuments(RetrievalHost.Key, cancellationToken: Cancel))
        {
            var sending = SendAsync(call, documents, complete: true);
            var results = new Dictionary<string, UpsertDocumentResult>();
            while (await call.ResponseStream.MoveNext(Cancel)) results.Add(call.ResponseStream.Current.Id, call.ResponseStream.Current);
            await sending;
            Assert.Equal(documents.Count, results.Count);
            Assert.All(results.Values, result => Assert.True(result.Stored, result.ErrorMessage));
            Assert.All(acknowledged, id => Assert.True(results[id].Unchanged, id));
        }

        await EveryChunkHasItsVectorAsync(vectors, documents.Count);
    }

    [Fact]
    public async Task A_change_of_the_embedder_goes_on_after_a_kill_in_the_middle_of_its_backfill()
    {
        const int Documents = 1500;
        using var model = new TempFolder();
        SentenceTransformer.Write(model.Path);
        (string, string)[] vectors = [("Vectors__Backend", "exact")];
        (string, string)[] onnx = [.. vectors, ("Embedding__Embedder", "onnx"), ("Embedding__Onnx__Path", model.Path), ("Embedding__Migration__DualReadSearches", "0"), ("Embedding__Migration__BackfillShare", "0.05")];
        using (var service = await ServiceProcess.StartAsync(_folder.Path, null, Cancel, vectors))
        {
            using var call = service.Client.UpsertDocuments(RetrievalHost.Key, cancellationToken: Cancel);
            var reading = Task.Run(
                async () =>
                {
                    while (await call.ResponseStream.MoveNext(Cancel))
                    {
                    }
                },
                Cancel);
            for (var i = 0; i < Documents; i++) await call.RequestStream.WriteAsync(Samples.Text("acme", $"d{i}", $"The release of tenant {i} and its cache, quota {i % 7}"), Cancel);
            await call.RequestStream.CompleteAsync();
            await reading;
            await UntilAsync(service, index => index.EmbeddingsVersion.StartsWith("lsa", StringComparison.Ordinal));
        }

        long done;
        using (var service = await ServiceProcess.StartAsync(_folder.Path, null, Cancel, onnx))
        {
            done = (await UntilAsync(service, index => index.Embeddings.Migration is { Phase: EmbeddingsPhase.Backfill, DoneChunks: > 0 })).Embeddings.Migration.DoneChunks;
            service.Kill();
        }

        Assert.InRange(done, 1, Documents - 1);
        using var again = await ServiceProcess.StartAsync(_folder.Path, null, Cancel, [.. onnx.SkipLast(1), ("Embedding__Migration__BackfillShare", "1")]);
        var after = await UntilAsync(again, index => index.Embeddings.Migration is { Phase: EmbeddingsPhase.Retained });
        Assert.StartsWith("onnx-24-", after.EmbeddingsVersion, StringComparison.Ordinal);
        var response = await again.Client.SearchAsync(new SearchRequest { Tenant = "acme", Query = "the cache of tenant 7", Limit = 1 }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal((SearchMode.Hybrid, after.EmbeddingsVersion), (response.Mode, response.EmbeddingsVersion));
        again.Kill();
        using var store = new DocumentStore(_folder.File("documents.db"));
        Assert.All(store.ReadGenerations(1), generation => Assert.Equal(Documents, store.CountVectors(generation.Number)));
        Assert.Equal(2, store.ReadGenerations(1).Count);
    }

    private static async Task<IndexDescription> UntilAsync(ServiceProcess service, Func<IndexDescription, bool> done)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "the index did not get there");
            var reply = await service.Client.DescribeIndexesAsync(new DescribeIndexesRequest { Tenant = "acme" }, RetrievalHost.Key, cancellationToken: Cancel);
            if (reply.Indexes is [var index] && done(index)) return index;
            await Task.Delay(TimeSpan.FromMilliseconds(20), Cancel);
        }
    }

    /// <summary>Looks, beside the service, into the store and the vector index, until the one's chunks have their vectors in the other.</summary>
    private async Task EveryChunkHasItsVectorAsync(VectorsServer vectors, int chunks)
    {
        using var store = new DocumentStore(Path.Combine(_folder.Path, "documents.db"));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(vectors.ConnectionString);
        var index = new RespVectorIndex(() => connection, new VectorOptions());
        var watch = Stopwatch.StartNew();
        // Another process' state has no signal to the outside.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await timer.WaitForNextTickAsync(Cancel))
        {
            var row = store.FindCorpus(DefaultCollection.Of("acme"))!;
            Assert.Equal((chunks, chunks), (row.Documents, row.Chunks));
            var (missing, held) = (new List<long>(), 0L);
            if (store.ReadGenerations(row.Number).FirstOrDefault(generation => generation.Number == row.Generation) is { } generation)
            {
                var set = VectorSets.NameFor(store, generation);
                missing.AddRange(await index.FindMissingAsync(set, store.ReadChunks(row.Number, 0, chunks + 1).Select(chunk => chunk.Chunk).ToList(), Cancel));
                held = await index.CountAsync(set, Cancel);
                if (missing.Count == 0 && held == chunks && store.CountVectors(generation.Number) == chunks) return;
            }

            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(3), $"{missing.Count} chunks of {chunks} are not in the vector index, which holds {held}.");
        }
    }

    private static async Task SendAsync(AsyncDuplexStreamingCall<UpsertDocumentRequest, UpsertDocumentResult> call, IReadOnlyList<UpsertDocumentRequest> documents, bool complete)
    {
        await Task.Yield();
        foreach (var document in documents) await call.RequestStream.WriteAsync(document, Cancel);
        if (complete) await call.RequestStream.CompleteAsync();
    }

    /// <summary>Words of a small vocabulary, so that documents have neighbours and the embedder a space to span.</summary>
    private static string Words(Random random) => string.Join(' ', Enumerable.Range(0, 12).Select(_ => $"{(char)('a' + random.Next(20))}word{(char)('a' + random.Next(10))}"));

    private sealed class ServiceProcess : IDisposable
    {
        private readonly Process _process;
        private readonly GrpcChannel _channel;

        private ServiceProcess(Process process, int port)
        {
            _process = process;
            _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
            Client = new RetrievalService.RetrievalServiceClient(_channel);
        }

        public RetrievalService.RetrievalServiceClient Client { get; }

        /// <summary>Starts it; without a vectors server its vector index is away, unless the settings (below Slipway:Retrieval) name another.</summary>
        public static async Task<ServiceProcess> StartAsync(string data, VectorsServer? vectors, CancellationToken cancellationToken, params (string Name, string Value)[] settings)
        {
            int http = VectorsServer.FreePort(), grpc = VectorsServer.FreePort();
            var start = new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{http}";
            start.Environment["GRPC_PORT"] = $"{grpc}";
            start.Environment["Slipway__InternalKey"] = WellKnown.InternalKey;
            start.Environment["Slipway__DataPath"] = data;
            start.Environment["ConnectionStrings__vectors"] = vectors?.ConnectionString ?? "127.0.0.1:1";
            foreach (var (name, value) in settings) start.Environment["Slipway__Retrieval__" + name] = value;
            // Should this test process die, the service ends by itself.
            start.Environment["SLIPWAY_LIFELINE"] = "stdin";
            var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            using var client = new HttpClient();
            var watch = Stopwatch.StartNew();
            while (true)
            {
                Assert.False(process.HasExited, "the service ended");
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "the service did not become healthy");
                try
                {
                    if ((await client.GetAsync($"http://127.0.0.1:{http}/health", cancellationToken)).IsSuccessStatusCode) return new ServiceProcess(process, grpc);
                }
                catch (HttpRequestException exception) when (exception.InnerException is SocketException)
                {
                    await Task.Yield();
                }
            }
        }

        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public void Dispose()
        {
            _channel.Dispose();
            if (!_process.HasExited) Kill();
            _process.Dispose();
        }
    }
}
