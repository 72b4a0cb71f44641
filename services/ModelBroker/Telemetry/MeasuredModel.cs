using System.Runtime.CompilerServices;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Telemetry;

/// <summary>Puts a span around each call, and counts it.</summary>
internal sealed class MeasuredModel(IChatModel inner, CatalogModel model, TimeProvider time) : IChatModel
{
    /// <inheritdoc />
    public async Task<CompleteResponse> CompleteAsync(CompleteRequest request, CancellationToken cancellationToken)
    {
        using var call = GenAi.Start("chat", model, request.Tenant, time);
        try
        {
            var response = await inner.CompleteAsync(request, cancellationToken);
            Succeed(call, response);
            return response;
        }
        catch (Exception exception)
        {
            call.Fail(exception);
            throw;
        }
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = GenAi.Start("chat", model, request.Tenant, time);
        IAsyncEnumerator<CompleteEvent> events;
        try
        {
            events = inner.StreamAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
        }
        catch (Exception exception)
        {
            call.Fail(exception);
            throw;
        }

        await using (events)
        {
            while (true)
            {
                try
                {
                    if (!await events.MoveNextAsync()) yield break;
                }
                catch (Exception exception)
                {
                    call.Fail(exception);
                    throw;
                }

                if (events.Current.Completed is { } completed) Succeed(call, completed);
                else call.SeeChunk();
                yield return events.Current;
            }
        }
    }

    private static void Succeed(GenAi.GenAiCall call, CompleteResponse response) =>
        call.Succeed(response.ProviderModel, response.Usage, response.CostUsd, response.Id, response.FinishReason);
}
