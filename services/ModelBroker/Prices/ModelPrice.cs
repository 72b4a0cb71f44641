using Slipway.Contracts;

namespace Slipway.ModelBroker.Prices;

/// <summary>What a model costs, in USD per single token. Long prompts may have prices of their own.</summary>
/// <param name="Base">The prices of a prompt of any length that no tier covers.</param>
/// <param name="Tiers">The prices of longer prompts, the longest first.</param>
internal sealed record ModelPrice(TokenPrices Base, IReadOnlyList<PriceTier> Tiers)
{
    /// <summary>A model that costs nothing.</summary>
    public static ModelPrice Free { get; } = new(new TokenPrices(0, 0, null, null), []);

    /// <summary>
    /// USD of a call. A prompt above a tier's threshold is charged at the tier's prices as a whole, answer included, not only for what is above it: so do the providers that have tiers
    /// (Anthropic's and Google's price lists). Tokens that were read from or written to the provider's cache are part of the prompt and have prices of their own.
    /// </summary>
    public double Cost(Usage usage)
    {
        var prices = Base;
        foreach (var tier in Tiers)
        {
            if (usage.PromptTokens <= tier.Above) continue;
            prices = tier.Prices;
            break;
        }

        var read = Math.Min(usage.CachedPromptTokens, usage.PromptTokens);
        var written = Math.Min(usage.CacheWriteTokens, usage.PromptTokens - read);
        return ((usage.PromptTokens - read - written) * prices.Input)
            + (read * (prices.CacheRead ?? prices.Input))
            + (written * (prices.CacheWrite ?? prices.Input))
            + (usage.CompletionTokens * prices.Output);
    }
}

/// <summary>Prices, in USD per single token.</summary>
/// <param name="Input">A prompt token.</param>
/// <param name="Output">A token of the answer.</param>
/// <param name="CacheRead">A prompt token that the provider had cached; null: as any other.</param>
/// <param name="CacheWrite">A prompt token that the provider put into its cache; null: as any other.</param>
internal sealed record TokenPrices(double Input, double Output, double? CacheRead, double? CacheWrite);

/// <summary>The prices of prompts of more than so many tokens.</summary>
/// <param name="Above">The threshold: 200,000 is the price of prompts of 200,001 tokens and more.</param>
/// <param name="Prices">The prices.</param>
internal sealed record PriceTier(int Above, TokenPrices Prices);
