using OpenAI.Embeddings;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers.OpenAi;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Embeddings;

/// <summary>Embeds texts with an OpenAI-compatible provider, within the window of each text.</summary>
internal sealed class EmbeddingModel(CatalogModel model, EmbeddingClient client, TimeProvider time) : IEmbeddingModel
{
    /// <inheritdoc />
    public async Task<EmbeddingsResponse> EmbedAsync(EmbeddingsRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        OpenAIEmbeddingCollection vectors;
        try
        {
            var options = request.HasDimensions ? new EmbeddingGenerationOptions { Dimensions = request.Dimensions } : null;
            vectors = (await client.GenerateEmbeddingsAsync(request.Texts, options, cancellationToken)).Value;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ProviderErrors.Classify(exception, model, started: false, time);
        }

        if (vectors.Count != request.Texts.Count)
            throw new ModelException(FailureKind.Transient, new ServiceError(Grpc.Core.StatusCode.Unavailable, "upstream_error", $"The provider of the model '{model.Name}' sent {vectors.Count} vectors for {request.Texts.Count} texts."));
        var usage = vectors.Usage is { } told ? new Usage { PromptTokens = told.InputTokenCount } : Count(request);
        var response = new EmbeddingsResponse { Model = model.Name, Usage = usage, CostUsd = model.Cost(usage) };
        foreach (var embedding in vectors.OrderBy(embedding => embedding.Index))
        {
            var vector = new Vector();
            vector.Values.AddRange(embedding.ToFloats().ToArray());
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
