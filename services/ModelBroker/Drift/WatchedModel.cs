using System.Runtime.CompilerServices;
using Slipway.Contracts;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Drift;

/// <summary>Tells the watch what answered: next to the provider, so that only what a provider said counts.</summary>
internal sealed class WatchedModel(IChatModel inner, string model, DriftWatch drift) : IChatModel
{
    /// <inheritdoc />
    public async Task<CompleteResponse> CompleteAsync(CompleteRequest request, CancellationToken cancellationToken)
    {
        var response = await inner.CompleteAsync(request, cancellationToken);
        drift.Observe(model, response.ProviderModel, response.Fingerprint);
        return response;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in inner.StreamAsync(request, cancellationToken))
        {
            if (item.Completed is { } completed) drift.Observe(model, completed.ProviderModel, completed.Fingerprint);
            yield return item;
        }
    }
}
