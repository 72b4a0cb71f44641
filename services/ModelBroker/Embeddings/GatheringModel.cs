using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Gathering;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Embeddings;

/// <summary>
/// Gathers the texts of embedding calls that come within a few milliseconds into one call of the provider, and splits vectors, tokens and cost among them again: tokens by the
/// length of their texts, the cost by the tokens.
/// </summary>
/// <param name="inner">The model's pipeline: a batch counts once against its limits.</param>
/// <param name="model">The model.</param>
/// <param name="time">The clock.</param>
internal sealed class GatheringModel(IModel<EmbeddingsRequest, EmbeddingsResponse> inner, CatalogModel model, TimeProvider time) : IModel<EmbeddingsRequest, EmbeddingsResponse>
{
    /// <summary>How long the first text of a batch waits for others.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(3);

    /// <summary>OpenAI takes 2,048 texts, but 300,000 tokens together; a token has about a character or more in most languages.</summary>
    public static readonly BatchSize Most = new(256, 262_144);

    /// <summary>By the dimensions that are asked for; 0: the model's own.</summary>
    private readonly Gatherer<int, EmbeddingsRequest, EmbeddingsResponse> _gatherer = new(model, Window, Most, (members, call) => TogetherAsync(inner, members, call), inner.CallAsync, time);

    /// <inheritdoc />
    public Task<EmbeddingsResponse> CallAsync(EmbeddingsRequest request, ModelCall call) => _gatherer.CallAsync(request.HasDimensions ? request.Dimensions : 0, BatchSize.Of(request.Texts), request, call);

    private static async Task TogetherAsync(IModel<EmbeddingsRequest, EmbeddingsResponse> inner, IReadOnlyList<Member<EmbeddingsRequest, EmbeddingsResponse>> members, ModelCall call)
    {
        var first = members[0].Request;
        var request = new EmbeddingsRequest { RequestId = first.RequestId, Tenant = first.Tenant, Model = first.Model, Background = call.Background };
        if (first.HasDimensions) request.Dimensions = first.Dimensions;
        foreach (var member in members) request.Texts.AddRange(member.Request.Texts);
        var reply = await inner.CallAsync(request, call);

        var tokens = Shares.OfTokens(reply.Usage.PromptTokens, [.. members.Select(member => BatchSize.Of(member.Request.Texts).Characters)]);
        var costs = Shares.OfCost(reply.CostUsd, [.. tokens]);
        var vector = 0;
        for (var i = 0; i < members.Count; i++)
        {
            var share = new EmbeddingsResponse { Model = reply.Model, Usage = new Usage(reply.Usage) { PromptTokens = tokens[i] }, CostUsd = costs[i] };
            for (var end = vector + members[i].Request.Texts.Count; vector < end; vector++) share.Vectors.Add(reply.Vectors[vector]);
            members[i].Reply.TrySetResult(share);
        }
    }
}
