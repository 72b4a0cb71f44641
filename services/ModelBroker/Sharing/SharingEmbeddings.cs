using Slipway.Contracts;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Sharing;

/// <summary>Lets embedding calls of a few texts that ask the same at once share one call, over all replicas. Calls of many texts are documents, which nobody sends twice at once.</summary>
internal sealed class SharingEmbeddings(IModel<EmbeddingsRequest, EmbeddingsResponse> inner, CallsAtOnce<EmbeddingsResponse> calls, ReplicaFlights replicas) : IModel<EmbeddingsRequest, EmbeddingsResponse>
{
    private const int MostTexts = 8;

    /// <inheritdoc />
    public Task<EmbeddingsResponse> CallAsync(EmbeddingsRequest request, ModelCall call)
    {
        if (request.Texts.Count > MostTexts) return inner.CallAsync(request, call);
        var key = Reuse.Key(request);
        return calls.CallAsync(key, call, shared => replicas.CallAsync("embed:" + key, shared, () => inner.CallAsync(request, shared), Reuse.Again));
    }
}
