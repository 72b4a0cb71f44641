using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Net.Client;
using Slipway.Contracts;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
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
    [InlineData(40)]
    [InlineData(400)]
    [InlineData(1500)]
    public async Task Every_acknowledged_document_is_found_after_a_kill_in_the_middle_of_a_stream(int acknowledgedBeforeTheKill)
    {
        var acknowledged = new List<string>();
        using (var service = await ServiceProcess.StartAsync(_folder.Path, Cancel))
        {
            using var call = service.Client.UpsertDocuments(RetrievalHost.Key, cancellationToken: Cancel);
            var sending = Task.Run(
                async () =>
                {
                    for (var i = 0; ; i++) await call.RequestStream.WriteAsync(Samples.Text("acme", $"d{i}", $"The unique{i} words of a document about releases"), Cancel);
                },
                Cancel);
            while (acknowledged.Count < acknowledgedBeforeTheKill && await call.ResponseStream.MoveNext(Cancel))
            {
                Assert.True(call.ResponseStream.Current.Stored);
                acknowledged.Add(call.ResponseStream.Current.Id);
            }

            service.Kill();
            await Assert.ThrowsAnyAsync<Exception>(() => sending.WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        }

        using var again = await ServiceProcess.StartAsync(_folder.Path, Cancel);
        foreach (var id in acknowledged)
        {
            var response = await again.Client.SearchAsync(
                new SearchRequest { Tenant = "acme", Query = $"unique{id[1..]}", Mode = SearchMode.Keyword, Limit = 1 }, RetrievalHost.Key, cancellationToken: Cancel);
            Assert.Equal(id, Assert.Single(response.Passages).DocumentId);
        }
    }

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

        public static async Task<ServiceProcess> StartAsync(string data, CancellationToken cancellationToken)
        {
            int http = VectorsServer.FreePort(), grpc = VectorsServer.FreePort();
            var start = new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{http}";
            start.Environment["GRPC_PORT"] = $"{grpc}";
            start.Environment["Slipway__InternalKey"] = WellKnown.InternalKey;
            start.Environment["Slipway__DataPath"] = data;
            start.Environment["ConnectionStrings__vectors"] = "127.0.0.1:1";
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
