using System.Runtime.CompilerServices;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers.OpenAi;

namespace Slipway.ModelBroker.Providers;

/// <summary>Calls a provider through Semantic Kernel, and makes its answer or its failure ours.</summary>
internal sealed class ProviderModel(CatalogModel model, IChatCompletionService service, TimeProvider time) : IChatModel
{
    /// <summary>Usage comes after the finish reason, in a chunk of its own. A server that sends none, and no <c>[DONE]</c> either, is not waited for longer than this.</summary>
    private static readonly TimeSpan PatienceForUsage = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public async Task<CompleteResponse> CompleteAsync(CompleteRequest request, CancellationToken cancellationToken)
    {
        var history = ChatMapping.History(request);
        var settings = ChatMapping.Settings(request, model);
        var reader = new ReplyReader();
        try
        {
            foreach (var content in await service.GetChatMessageContentsAsync(history, settings, kernel: null, cancellationToken)) reader.Read(content);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ProviderErrors.Classify(exception, model, started: false, time);
        }

        if (reader.FinishReason is null) throw ProviderFailures.Cut();
        var response = Completed(request, reader);
        response.Text = reader.Text;
        response.ToolCallsJson = reader.ToolCallsJson;
        return response;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var history = ChatMapping.History(request);
        var settings = ChatMapping.Settings(request, model);
        var reader = new ReplyReader();
        using var patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await using (var pieces = service.GetStreamingChatMessageContentsAsync(history, settings, kernel: null, both.Token).GetAsyncEnumerator(both.Token))
        {
            var started = false;
            while (await MoveNextAsync(pieces, reader, started, cancellationToken))
            {
                started = true;
                foreach (var item in reader.Read(pieces.Current)) yield return item;
                if (reader is { FinishReason: not null, Usage: not null }) break;
                if (reader.FinishReason is not null) patience.CancelAfter(PatienceForUsage);
            }
        }

        if (reader.FinishReason is null) throw ProviderFailures.Cut();
        yield return new CompleteEvent { Completed = Completed(request, reader) };
    }

    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<StreamingChatMessageContent> pieces, ReplyReader reader, bool started, CancellationToken cancellationToken)
    {
        try
        {
            return await pieces.MoveNextAsync();
        }
        catch (Exception) when (reader.FinishReason is not null && !cancellationToken.IsCancellationRequested)
        {
            // The answer is whole; only usage is missing.
            return false;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ProviderErrors.Classify(exception, model, started, time);
        }
    }

    private CompleteResponse Completed(CompleteRequest request, ReplyReader reader) => Replies.Completed(
        request, model, reader.Id, reader.Model, reader.Fingerprint, reader.FinishReason, reader.Usage ?? Replies.Count(request, model, reader.Text, reader.ToolCallsJson));
}
