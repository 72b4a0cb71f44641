using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Gathering;

namespace Slipway.ModelBroker.Classification;

/// <summary>
/// Who pays what of a chat that several share: tokens of the prompt by the length of the texts, those of the answer by their number, and the cost by what each one's tokens
/// would cost alone. The shares add up to the bill exactly.
/// </summary>
internal static class Bills
{
    /// <summary>The share of each, without labels.</summary>
    public static ClassifyResponse[] Split(CompleteResponse reply, CatalogModel model, IReadOnlyList<BatchSize> sizes)
    {
        long[] lengths = [.. sizes.Select(size => size.Characters)], numbers = [.. sizes.Select(size => (long)size.Items)];
        var (prompt, cached, written) = (Shares.OfTokens(reply.Usage.PromptTokens, lengths), Shares.OfTokens(reply.Usage.CachedPromptTokens, lengths), Shares.OfTokens(reply.Usage.CacheWriteTokens, lengths));
        var answer = Shares.OfTokens(reply.Usage.CompletionTokens, numbers);
        Usage[] usages = [.. sizes.Select((_, i) => new Usage(reply.Usage) { PromptTokens = prompt[i], CachedPromptTokens = cached[i], CacheWriteTokens = written[i], CompletionTokens = answer[i] })];
        var costs = Shares.OfCost(reply.CostUsd, [.. usages.Select(model.Cost)]);
        return [.. usages.Select((usage, i) => new ClassifyResponse { Model = reply.Model, Provider = reply.Provider, Usage = usage, CostUsd = costs[i] })];
    }

    /// <summary>The bill of one who asked alone.</summary>
    public static ClassifyResponse Whole(CompleteResponse reply, CatalogModel model) => Split(reply, model, [new BatchSize(1, 1)])[0];

    /// <summary>Adds to a bill.</summary>
    public static void Add(ClassifyResponse bill, Usage usage, double costUsd)
    {
        bill.Usage.PromptTokens += usage.PromptTokens;
        bill.Usage.CompletionTokens += usage.CompletionTokens;
        bill.Usage.CachedPromptTokens += usage.CachedPromptTokens;
        bill.Usage.CacheWriteTokens += usage.CacheWriteTokens;
        bill.Usage.Estimated |= usage.Estimated;
        bill.CostUsd += costUsd;
    }
}
