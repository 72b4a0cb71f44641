using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Providers;

/// <summary>What every provider's answer comes to.</summary>
internal static class Replies
{
    /// <summary>The completed answer, without its text and calls; what the provider did not say is filled in.</summary>
    public static CompleteResponse Completed(CompleteRequest request, CatalogModel model, string id, string providerModel, string fingerprint, string? finishReason, Usage usage) => new()
    {
        Id = id.Length > 0 ? id : "chatcmpl-" + request.RequestId,
        Model = model.Name,
        Provider = model.Provider.Label,
        ProviderModel = providerModel.Length > 0 ? providerModel : model.ProviderModel,
        Fingerprint = fingerprint,
        FinishReason = finishReason,
        Usage = usage,
        CostUsd = model.Cost(usage),
    };

    /// <summary>The tokens by our own count, for a provider that does not say.</summary>
    public static Usage Count(CompleteRequest request, CatalogModel model, string text, string toolCallsJson)
    {
        var counter = TokenCounter.Get(model.Entry.Tokenizer);
        return new Usage { PromptTokens = counter.Count(request.Messages), CompletionTokens = counter.Count(text) + counter.Count(toolCallsJson), Estimated = true };
    }
}
