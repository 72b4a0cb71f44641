using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Security;
using Slipway.ServiceDefaults.Tasks;
using Slipway.ServiceDefaults.Telemetry.Keeping;

namespace Slipway.Assistant.Telemetry;

/// <summary>
/// Keeps the traces of requests that matter although they were not sampled: here, and in the services that took part, which are told about four times a second.
/// No request waits for it, and no service for a slower one; at most <see cref="KeepEndpoint.MostIds"/> wait, beyond that the oldest are let go.
/// </summary>
internal sealed class NotableTraces(KeptTraces? traces, IReadOnlyList<Uri> peers, HttpMessageInvoker http, InternalKey key, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(250);

    /// <summary>A third of what a span is held back for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Channel<ActivityTraceId> _ids = Channel.CreateBounded<ActivityTraceId>(
        new BoundedChannelOptions(KeepEndpoint.MostIds) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Keeps the trace of a span, if it is not sent anyway.</summary>
    public void Keep(Activity span)
    {
        if (span.Recorded || traces is null) return;
        traces.Keep(span.TraceId);
        _ids.Writer.TryWrite(span.TraceId);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (traces is null) return;
        try
        {
            while (await _ids.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gather, time, stoppingToken);
                var lines = new StringBuilder();
                while (_ids.Reader.TryRead(out var id)) lines.Append(id.ToHexString()).Append('\n');
                var told = lines.ToString();
                foreach (var peer in peers) TellAsync(peer, told, stoppingToken).LeaveBehind();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>A service that is away has nothing to keep.</summary>
    private async Task TellAsync(Uri peer, string lines, CancellationToken stoppingToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        patience.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(peer, KeepEndpoint.Path)) { Content = new StringContent(lines, Encoding.ASCII) };
            request.Headers.Add(SlipwayHeaders.InternalKey, key.Value);
            using var response = await http.SendAsync(request, patience.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
        {
        }
    }
}
