using System.Text;
using Slipway.Contracts;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Sharing;

/// <summary>
/// Lets chats that ask the same at once share one call, and gives an answer again within 5 minutes where the caller asked for the same one each time. Calls are
/// shared over all replicas; answers that may be given again are each replica's own.
/// </summary>
internal sealed class SharingModel(IModel<CompleteRequest, CompleteResponse> inner, CallsAtOnce<CompleteResponse> calls, KeptAnswers kept, ReplicaFlights replicas) : IModel<CompleteRequest, CompleteResponse>
{
    /// <inheritdoc />
    public async Task<CompleteResponse> CallAsync(CompleteRequest request, ModelCall call)
    {
        if (!Reuse.MayShare(request)) return await inner.CallAsync(request, call);
        var key = Reuse.Key(request);
        if (Sharing.Find(kept, request, key) is { } again) return again;
        return await calls.CallAsync(key, call, shared => MakeAsync(request, key, shared));
    }

    private async Task<CompleteResponse> MakeAsync(CompleteRequest request, string key, ModelCall call)
    {
        var answer = await replicas.CallAsync(key, call, () => inner.CallAsync(request, call), Reuse.Again);
        if (Reuse.MayKeep(request)) kept.Keep(key, answer);
        return answer;
    }
}

/// <summary>The same for streams.</summary>
internal sealed class SharingStream(IStreamingModel inner, Flights flights, KeptAnswers kept, ReplicaStreams replicas) : IStreamingModel
{
    /// <inheritdoc />
    public IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, ModelCall call)
    {
        if (!Reuse.MayShare(request)) return inner.StreamAsync(request, call);
        var key = Reuse.Key(request);
        // Deltas of tool calls are not put together again.
        if (Sharing.Find(kept, request, key) is { ToolCallsJson.Length: 0 } again) return ReplayAsync(again);
        return flights.ReadAsync(key, call, shared => MakeAsync(request, key, shared));
    }

    private static async IAsyncEnumerable<CompleteEvent> ReplayAsync(CompleteResponse again)
    {
        await Task.CompletedTask;
        if (again.Text.Length > 0) yield return new CompleteEvent { Text = again.Text };
        again.Text = "";
        yield return new CompleteEvent { Completed = again };
    }

    private async IAsyncEnumerable<CompleteEvent> MakeAsync(CompleteRequest request, string key, ModelCall call)
    {
        var text = Reuse.MayKeep(request) ? new StringBuilder() : null;
        await foreach (var item in replicas.StreamAsync(key, call, made => inner.StreamAsync(request, made)))
        {
            text?.Append(item.Text);
            if (item.ToolCallsDeltaJson.Length > 0) text = null;
            if (text is not null && item.Completed is { } completed) kept.Keep(key, new CompleteResponse(completed) { Text = text.ToString() });
            yield return item;
        }
    }
}

internal static class Sharing
{
    /// <summary>An answer that may be given again.</summary>
    public static CompleteResponse? Find(KeptAnswers kept, CompleteRequest request, string key)
    {
        if (!Reuse.MayKeep(request) || kept.Find(key) is not { } answer) return null;
        Flights.Note("reused");
        return Reuse.Again(answer);
    }
}
