using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Embeddings;

/// <summary>Embeds texts with a provider, within the window of each text.</summary>
internal sealed class EmbeddingModel(CatalogModel model, IEmbeddingProvider provider) : IEmbeddingModel
{
    /// <inheritdoc />
    public async Task<EmbeddingsResponse> EmbedAsync(EmbeddingsRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        var (vectors, tokens) = await provider.EmbedAsync(request.Texts, request.HasDimensions ? request.Dimensions : null, cancellationToken);
        if (vectors.Count != request.Texts.Count)
            throw new ModelException(FailureKind.Transient, new ServiceError(Grpc.Core.StatusCode.Unavailable, "upstream_error", $"The provider of the model '{model.Name}' sent {vectors.Count} vectors for {request.Texts.Count} texts."));
        var usage = tokens is { } told ? new Usage { PromptTokens = told } : Count(request);
        var response = new EmbeddingsResponse { Model = model.Name, Usage = usage, CostUsd = model.Cost(usage) };
        foreach (var embedding in vectors)
        {
            var vector = new Vector();
            vector.Values.AddRange(embedding.ToArray());
            response.Vectors.Add(vector);
        }

        return response;
    }

    private void Check(EmbeddingsRequest request)
    {
        if (request.Texts.Count == 0) throw new ModelException(ServiceError.Invalid("input", "input is empty."));
        for (var i = 0; i < request.Texts.Count; i++)
        {
            var text = request.Texts[i];
            if (text.Length == 0) throw new ModelException(ServiceError.Invalid("input", $"input[{i}] is empty."));
            // A token has at least one byte, and a UTF-16 unit at most three.
            if (text.Length > model.Entry.ContextWindow / 3 && TokenCounter.Get(model.Entry.Tokenizer).CountUpTo(text, model.Entry.ContextWindow) > model.Entry.ContextWindow)
                throw new ModelException(ServiceError.Invalid("input", $"input[{i}] has more than the {model.Entry.ContextWindow} tokens that the model '{model.Name}' can take.", "context_length_exceeded"));
        }
    }

    private Usage Count(EmbeddingsRequest request)
    {
        var counter = TokenCounter.Get(model.Entry.Tokenizer);
        return new Usage { PromptTokens = request.Texts.Sum(counter.Count), Estimated = true };
    }
}
