using System.Diagnostics;
using System.Net;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Telemetry;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Security;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Telemetry.Keeping;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Telemetry;

public sealed class NotableTracesTests : IDisposable
{
    private readonly Spans _listening = new();
    private readonly Peer _peer = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listening.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public async Task The_services_are_told_to_keep_the_traces_of_requests_that_failed_were_late_degraded_or_doubtful_and_no_others()
    {
        using var invoker = new HttpMessageInvoker(_peer, disposeHandler: false);
        using var notable = new NotableTraces(new KeptTraces(_ => { }, TimeProvider.System), [new Uri("http://edge")], invoker, new InternalKey(WellKnown.InternalKey), TimeProvider.System);
        var telemetry = new RequestTelemetry(new TopTenants(TimeProvider.System), notable);
        Note(new RequestRecord());
        Note(new RequestRecord { Status = 404 });
        string[] kept =
        [
            Note(new RequestRecord { Status = 502 }),
            Note(new RequestRecord(), late: true),
            Note(new RequestRecord { Degraded = { "retrieval=keyword" } }),
            Note(new RequestRecord { Review = true }),
        ];
        await notable.StartAsync(Cancellation);
        var told = await _peer.Told.Task.WaitAsync(Cancellation);
        Assert.Equal(("/telemetry/keep", WellKnown.InternalKey, string.Concat(kept.Select(id => id + "\n"))), told);
        await notable.StopAsync(Cancellation);

        string Note(RequestRecord record, bool late = false)
        {
            record.Tenant = "acme";
            var budget = new RouteBudget(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2), [.. Stages.Names.Select(_ => TimeSpan.FromSeconds(2))]);
            using var span = new Activity("request").Start();
            telemetry.Note(new RequestRun("acme", "answers", budget, TimeProvider.System, late ? TimeSpan.FromSeconds(3) : TimeSpan.Zero), record);
            return span.TraceId.ToHexString();
        }
    }

    /// <summary>A service that is told.</summary>
    private sealed class Peer : HttpMessageHandler
    {
        public TaskCompletionSource<(string Path, string Key, string Ids)> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Told.TrySetResult((request.RequestUri!.AbsolutePath, request.Headers.GetValues(SlipwayHeaders.InternalKey).Single(), await request.Content!.ReadAsStringAsync(cancellationToken)));
            return new HttpResponseMessage(HttpStatusCode.NoContent);
        }
    }
}
