using Grpc.Core;
using Slipway.Contracts;
using Slipway.Control.Feedback;
using Slipway.Control.Kpis;
using Slipway.Control.Releases;
using Slipway.Control.Tenants;

namespace Slipway.Control;

/// <summary>The gRPC surface: translates, and nothing more.</summary>
internal sealed class ControlEndpoint(TenantStore tenants, ReleaseStore releases, KpiStore kpis, FeedbackStore feedback, IHostApplicationLifetime lifetime) : ControlService.ControlServiceBase
{
    public override Task WatchTenants(WatchRequest request, IServerStreamWriter<TenantSet> responseStream, ServerCallContext context) =>
        StreamAsync(tenants.Set, responseStream, context);

    public override Task WatchReleases(WatchRequest request, IServerStreamWriter<ReleaseSet> responseStream, ServerCallContext context) =>
        StreamAsync(releases.Set, responseStream, context);

    public override Task<AppendRecordsResponse> AppendRecords(AppendRecordsRequest request, ServerCallContext context)
    {
        kpis.Append(request.Records, request.Dropped);
        return Task.FromResult(new AppendRecordsResponse());
    }

    public override async Task<SubmitFeedbackResponse> SubmitFeedback(SubmitFeedbackRequest request, ServerCallContext context)
    {
        await feedback.SubmitAsync(request, context.CancellationToken);
        return new SubmitFeedbackResponse();
    }

    /// <summary>Ends when the caller goes or the process stops: a watch must not hold up the stop.</summary>
    private async Task StreamAsync<T>(Watching.Published<T> published, IServerStreamWriter<T> stream, ServerCallContext context)
        where T : class
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await foreach (var value in published.FollowAsync(ended.Token)) await stream.WriteAsync(value, ended.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "Control is stopping."));
        }
    }
}
