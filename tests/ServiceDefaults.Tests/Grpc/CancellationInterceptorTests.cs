using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Slipway.ServiceDefaults.Grpc;

namespace Slipway.ServiceDefaults.Tests.Grpc;

public sealed class CancellationInterceptorTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(10, StatusCode.Cancelled)]
    [InlineData(0, StatusCode.DeadlineExceeded)]
    [InlineData(-10, StatusCode.DeadlineExceeded)]
    public async Task A_handler_that_stops_says_whether_its_caller_left_or_its_time_was_up(int secondsLeft, StatusCode expected)
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var context = new StoppedCall(_time.GetUtcNow().UtcDateTime.AddSeconds(secondsLeft), source.Token);

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => new CancellationInterceptor(_time).UnaryServerHandler<string, string>("", context, (_, call) => Task.FromCanceled<string>(call.CancellationToken)));

        Assert.Equal(expected, exception.StatusCode);
    }

    [Fact]
    public async Task A_cancellation_that_is_not_the_callers_is_a_failure_of_the_service()
    {
        var context = new StoppedCall(DateTime.MaxValue, CancellationToken.None);

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => new CancellationInterceptor(_time).UnaryServerHandler<string, string>("", context, (_, _) => throw new OperationCanceledException()));
    }

    private sealed class StoppedCall(DateTime deadline, CancellationToken token) : ServerCallContext
    {
        protected override string MethodCore => "method";

        protected override string HostCore => "host";

        protected override string PeerCore => "peer";

        protected override DateTime DeadlineCore => deadline;

        protected override Metadata RequestHeadersCore { get; } = [];

        protected override CancellationToken CancellationTokenCore => token;

        protected override Metadata ResponseTrailersCore { get; } = [];

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore => new("", []);

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
    }
}
