using OpenAI.Embeddings;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Limits;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers.OpenAi;
using Slipway.ModelBroker.Telemetry;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Embeddings;

/// <summary>Embeds texts with an OpenAI-compatible provider: measured, limited, within the window of each text.</summary>
internal sealed class EmbeddingModel(CatalogModel model, EmbeddingClient client, ModelLimits limits, TimeProvider time) : IEmbeddingModel
{
    /// <inheritdoc />
    public async Task<EmbeddingsResponse> EmbedAsync(EmbeddingsRequest request, CancellationToken cancellationToken)
    {
        using var call = GenAi.Start("embeddings", model, request.Tenant, time);
        try
        {
            Check(request);
            using var lease = limits.Acquire(model.Name, limits.CountsTokens ? request.Texts.Sum(text => (long)text.Length) / 4 : 0);
            var response = await CallAsync(request, cancellationToken);
            lease.Settle(response.Usage);
            call.Succeed(model.ProviderModel, response.Usage, response.CostUsd);
            return response;
        }
        catch (Exception exception)
        {
            call.Fail(exception);
            throw;
        }
    }

    private async Task<EmbeddingsResponse> CallAsync(EmbeddingsRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(model.Provider.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        OpenAIEmbeddingCollection vectors;
        try
        {
            var options = request.HasDimensions ? new EmbeddingGenerationOptions { Dimensions = request.Dimensions } : null;
            vectors = (await client.GenerateEmbeddingsAsync(request.Texts, options, both.Token)).Value;
        }
        catch (Exception exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ModelException(new ServiceError(Grpc.Core.StatusCode.DeadlineExceeded, "upstream_timeout", $"The model did not answer within {model.Provider.Timeout.TotalSeconds:0} s."), exception);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ProviderErrors.Classify(exception, model, started: false, time);
        }

        if (vectors.Count != request.Texts.Count)
            throw new ModelException(new ServiceError(Grpc.Core.StatusCode.Unavailable, "upstream_error", $"The provider of the model '{model.Name}' sent {vectors.Count} vectors for {request.Texts.Count} texts."));
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
