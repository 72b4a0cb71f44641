using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers.OpenAi;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Reranking;

/// <summary>Scores documents with a provider.</summary>
internal sealed class RerankModel(CatalogModel model, RerankClient client, TimeProvider time) : IRerankModel
{
    private const int MostDocuments = 1000;

    /// <inheritdoc />
    public async Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Query)) throw new ModelException(ServiceError.Invalid("query", "query is empty."));
        if (request.Documents.Count is 0 or > MostDocuments)
            throw new ModelException(ServiceError.Invalid("documents", $"documents has {request.Documents.Count} entries; 1 to {MostDocuments} are accepted."));
        try
        {
            var (scores, tokens) = await client.RerankAsync(request.Query, request.Documents, cancellationToken);
            var usage = tokens is { } told ? new Usage { PromptTokens = told } : Count(request);
            return new RerankResponse { Model = model.Name, Scores = { scores }, Usage = usage, CostUsd = model.Cost(usage) };
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ProviderErrors.Classify(exception, model, started: false, time);
        }
    }

    /// <summary>The query is read again with each document.</summary>
    private Usage Count(RerankRequest request)
    {
        var counter = TokenCounter.Get(model.Entry.Tokenizer);
        return new Usage { PromptTokens = request.Documents.Sum(counter.Count) + (request.Documents.Count * counter.Count(request.Query)), Estimated = true };
    }
}
