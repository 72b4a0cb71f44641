using Aspire.Hosting.Local.Dashboard.Protocol;
using Grpc.Core;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Local.Dashboard.Service;

/// <summary>
/// What the dashboard asks for: the resources and what changes, what they print, and commands to them. Streams go on until the dashboard leaves or the application stops; a
/// dashboard that comes back is given everything anew.
/// </summary>
internal sealed class ResourceService(ResourceMap map, ConsoleLogs logs, ResourceNotificationService notifications, ResourceCommands commands, IHostApplicationLifetime lifetime)
    : DashboardService.DashboardServiceBase
{
    /// <summary>A message may have 4 MB: lines of at most 64 K characters, of at most three bytes each, until a million characters are full.</summary>
    private const int MaxCharacters = 1_000_000;

    public override Task<ApplicationInformationResponse> GetApplicationInformation(ApplicationInformationRequest request, ServerCallContext context) =>
        Task.FromResult(new ApplicationInformationResponse { ApplicationName = map.ApplicationName });

    public override Task WatchResources(WatchResourcesRequest request, IServerStreamWriter<WatchResourcesUpdate> responseStream, ServerCallContext context) =>
        UntilStoppedAsync(context, async cancellationToken =>
        {
            using var subscription = notifications.Subscribe();
            var initial = new InitialResourceData();
            initial.Resources.AddRange(map.Constants());
            initial.Resources.AddRange(subscription.Initial.Select(map.Of));
            await responseStream.WriteAsync(new WatchResourcesUpdate { InitialData = initial }, cancellationToken);

            while (await subscription.Changes.WaitToReadAsync(cancellationToken))
            {
                // Of each resource only the latest of what has come meanwhile.
                var latest = new OrderedDictionary<string, ResourceSnapshot>();
                while (subscription.Changes.TryRead(out var snapshot)) latest[snapshot.Name] = snapshot;
                var changes = new WatchResourcesChanges();
                changes.Value.AddRange(latest.Values.Select(snapshot => new WatchResourcesChange { Upsert = map.Of(snapshot) }));
                await responseStream.WriteAsync(new WatchResourcesUpdate { Changes = changes }, cancellationToken);
            }
        });

    public override Task WatchResourceConsoleLogs(
        WatchResourceConsoleLogsRequest request, IServerStreamWriter<WatchResourceConsoleLogsUpdate> responseStream, ServerCallContext context) =>
        UntilStoppedAsync(context, async cancellationToken =>
        {
            if (map.ResourceNamed(request.ResourceName) is not { } resource) return;
            using var subscription = logs.Subscribe(resource);
            await SendAsync(subscription.Backlog, responseStream, cancellationToken);
            while (!request.SuppressFollow && await subscription.Live.WaitToReadAsync(cancellationToken))
            {
                var lines = new List<LogLine>();
                while (lines.Count < 1_000 && subscription.Live.TryRead(out var line)) lines.Add(line);
                await SendAsync(lines, responseStream, cancellationToken);
            }
        });

    public override async Task<ResourceCommandResponse> ExecuteResourceCommand(ResourceCommandRequest request, ServerCallContext context)
    {
        var problem = map.ResourceNamed(request.ResourceName) is { } resource
            ? await commands.ExecuteAsync(resource, request.CommandName, lifetime.ApplicationStopping)
            : $"There is no resource '{request.ResourceName}'.";
        return problem is null
            ? new ResourceCommandResponse { Kind = ResourceCommandResponseKind.Succeeded, Message = "" }
            : new ResourceCommandResponse { Kind = ResourceCommandResponseKind.Failed, Message = problem };
    }

    /// <summary>There are no questions to the user. The dashboard waits for the response's headers before it goes on.</summary>
    public override Task WatchInteractions(
        IAsyncStreamReader<WatchInteractionsRequestUpdate> requestStream, IServerStreamWriter<WatchInteractionsResponseUpdate> responseStream, ServerCallContext context) =>
        UntilStoppedAsync(context, async cancellationToken =>
        {
            await context.WriteResponseHeadersAsync([]);
            while (await requestStream.MoveNext(cancellationToken))
            {
            }
        });

    private async Task SendAsync(IReadOnlyList<LogLine> lines, IServerStreamWriter<WatchResourceConsoleLogsUpdate> stream, CancellationToken cancellationToken)
    {
        var update = new WatchResourceConsoleLogsUpdate();
        var characters = 0;
        foreach (var line in lines)
        {
            if (characters > 0 && characters + line.Text.Length > MaxCharacters)
            {
                await stream.WriteAsync(update, cancellationToken);
                update = new WatchResourceConsoleLogsUpdate();
                characters = 0;
            }

            characters += line.Text.Length;
            update.LogLines.Add(new ConsoleLogLine { LineNumber = line.Number, Text = map.Hide(line.Text), IsStdErr = line.IsError });
        }

        if (update.LogLines.Count > 0) await stream.WriteAsync(update, cancellationToken);
    }

    private async Task UntilStoppedAsync(ServerCallContext context, Func<CancellationToken, Task> serve)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await serve(end.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && end.IsCancellationRequested)
        {
            // The dashboard has left, or the application stops.
        }
    }
}
