using System.Threading.Channels;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Configuration;
using Slipway.ServiceDefaults.Grpc;
using Slipway.ServiceDefaults.Tests.Support;

namespace Slipway.ServiceDefaults.Tests.Configuration;

public sealed class WatchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task States_are_followed_through_streams_that_end_and_streams_that_fail()
    {
        var control = new FakeControl(
            static async (stream, _) =>
            {
                await stream.WriteAsync(new TenantSet { Version = "1" });
                await stream.WriteAsync(new TenantSet { Version = "2" });
            },
            static (_, _) => throw FakeCache.Unavailable(),
            static (_, _) => throw new InvalidOperationException("a bug of the other side"),
            static async (stream, context) =>
            {
                await stream.WriteAsync(new TenantSet { Version = "3" });
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            });
        await using var peer = await TestService.StartAsync(builder => builder.Services.AddSingleton(control), app => app.MapGrpcService<FakeControl>());
        var seen = Channel.CreateUnbounded<string>();

        var service = await WatcherOfAsync(peer, seen);

        Assert.Equal("1", await seen.Reader.ReadAsync(Token));
        Assert.Equal("2", await seen.Reader.ReadAsync(Token));
        Assert.Equal("3", await seen.Reader.ReadAsync(Token));
        Assert.Equal(4, control.Streams);
        // The stream is still open: stopping must not wait for it.
        await service.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);
    }

    [Fact]
    public async Task A_source_that_comes_later_is_found()
    {
        var seen = Channel.CreateUnbounded<string>();
        await using var peer = await TestService.StartAsync(
            builder => builder.Services.AddSingleton(new FakeControl(static (_, _) => throw FakeCache.Unavailable(), static (stream, _) => stream.WriteAsync(new TenantSet { Version = "1" }))),
            app => app.MapGrpcService<FakeControl>());
        await using var service = await WatcherOfAsync(peer, seen);

        Assert.Equal("1", await seen.Reader.ReadAsync(Token));
    }

    private static Task<TestService> WatcherOfAsync(TestService peer, Channel<string> seen) => TestService.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton(seen);
            builder.AddGrpcClientFor<ControlService.ControlServiceClient>("control");
            builder.Services.AddHostedService<TenantWatch>();
        },
        settings: [("services:control:grpc:0", peer.GrpcAddress.ToString())]);

    private sealed class TenantWatch(ControlService.ControlServiceClient control, Channel<string> seen, TimeProvider time, ILogger<TenantWatch> logger) : Watch<TenantSet>(time, logger)
    {
        protected override AsyncServerStreamingCall<TenantSet> Open(CancellationToken cancellationToken) =>
            control.WatchTenants(new WatchRequest(), cancellationToken: cancellationToken);

        protected override void Accept(TenantSet state) => Assert.True(seen.Writer.TryWrite(state.Version));
    }

    /// <summary>Answers each stream as the test says; the last way stays.</summary>
    private sealed class FakeControl(params Func<IServerStreamWriter<TenantSet>, ServerCallContext, Task>[] streams) : ControlService.ControlServiceBase
    {
        private int _streams;

        internal int Streams => _streams;

        public override Task WatchTenants(WatchRequest request, IServerStreamWriter<TenantSet> responseStream, ServerCallContext context) =>
            streams[Math.Min(Interlocked.Increment(ref _streams), streams.Length) - 1](responseStream, context);
    }
}
