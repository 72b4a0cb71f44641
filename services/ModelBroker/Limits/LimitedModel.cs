using System.Runtime.CompilerServices;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Limits;

/// <summary>Lets a call through when the model's limits allow it. Tokens are estimated before the call, and settled after it.</summary>
internal sealed class LimitedModel(IChatModel inner, ModelLimits limits, CatalogModel model) : IChatModel
{
    /// <summary>Characters of English text in a token: enough for an estimate that is settled within seconds.</summary>
    private const int CharactersPerToken = 4;

    /// <summary>What an answer is taken to need when the caller sets no limit.</summary>
    private const int UsualAnswer = 500;

    /// <inheritdoc />
    public async Task<CompleteResponse> CompleteAsync(CompleteRequest request, CancellationToken cancellationToken)
    {
        using var lease = limits.Acquire(model.Name, Estimate(request));
        var response = await inner.CompleteAsync(request, cancellationToken);
        lease.Settle(response.Usage);
        return response;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var lease = limits.Acquire(model.Name, Estimate(request));
        await foreach (var item in inner.StreamAsync(request, cancellationToken))
        {
            if (item.Completed is { } completed) lease.Settle(completed.Usage);
            yield return item;
        }
    }

    private long Estimate(CompleteRequest request)
    {
        if (!limits.CountsTokens) return 0;
        long characters = 0;
        foreach (var message in request.Messages) characters += message.Content.Length + message.ToolCallsJson.Length;
        return characters / CharactersPerToken + (request.HasMaxOutputTokens ? request.MaxOutputTokens : Math.Min(UsualAnswer, model.Entry.MaxOutputTokens));
    }
}
