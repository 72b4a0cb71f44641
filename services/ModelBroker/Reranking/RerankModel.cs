using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Limits;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers.OpenAi;
using Slipway.ModelBroker.Telemetry;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Reranking;

/// <summary>Scores documents with a provider: measured, limited, accounted.</summary>
internal sealed class RerankModel(CatalogModel model, RerankClient client, ModelLimits limits, TimeProvider time) : IRerankModel
{
    private const int MostDocuments = 1000;

    /// <inheritdoc />
    public async Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken)
    {
        using var call = GenAi.Start("rerank", model, request.Tenant, time);
        try
        {
            if (string.IsNullOrWhiteSpace(request.Query)) throw new ModelException(ServiceError.Invalid("query", "query is empty."));
            if (request.Documents.Count is 0 or > MostDocuments)
                throw new ModelException(ServiceError.Invalid("documents", $"documents has {request.Documents.Count} entries; 1 to {MostDocuments} are accepted."));
            using var lease = limits.Acquire(model.Name, limits.CountsTokens ? request.Documents.Sum(text => (long)text.Length + request.Query.Length) / 4 : 0);
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

    private async Task<RerankResponse> CallAsync(RerankRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(model.Provider.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var (scores, tokens) = await client.RerankAsync(request.Query, request.Documents, both.Token);
            var usage = tokens is { } told ? new Usage { PromptTokens = told } : Count(request);
            return new RerankResponse { Model = model.Name, Scores = { scores }, Usage = usage, CostUsd = model.Cost(usage) };
        }
        catch (Exception exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ModelException(new ServiceError(Grpc.Core.StatusCode.DeadlineExceeded, "upstream_timeout", $"The model did not answer within {model.Provider.Timeout.TotalSeconds:0} s."), exception);
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
