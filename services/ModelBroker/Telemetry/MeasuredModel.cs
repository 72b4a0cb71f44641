using System.Text;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Telemetry;

/// <summary>Puts a span around each call, and counts it.</summary>
/// <param name="inner">The rest of the pipeline.</param>
/// <param name="operation">What is called.</param>
/// <param name="catalog">Finds the model that answered.</param>
/// <param name="succeed">Notes what a reply brought.</param>
/// <param name="time">The clock.</param>
internal sealed class MeasuredModel<TRequest, TReply>(
    IModel<TRequest, TReply> inner, Operation<TRequest, TReply> operation, ModelCatalog catalog, Action<GenAi.GenAiCall, ModelCatalog, TReply> succeed, TimeProvider time) : IModel<TRequest, TReply>
{
    /// <inheritdoc />
    public async Task<TReply> CallAsync(TRequest request, ModelCall call)
    {
        using var measured = GenAi.Start(operation.Name, call, time);
        if (request is CompleteRequest chat) GenAiContent.Ask(call.Span, chat);
        try
        {
            var reply = await inner.CallAsync(request, call);
            succeed(measured, catalog, reply);
            if (reply is CompleteResponse answer) GenAiContent.Answer(call.Span, answer.Text, answer.FinishReason);
            return reply;
        }
        catch (Exception exception)
        {
            measured.Fail(exception);
            throw;
        }
    }
}

/// <summary>Puts a span around each streamed answer, from its call to its end.</summary>
internal sealed class MeasuredStream(IStreamingModel inner, ModelCatalog catalog, TimeProvider time) : IStreamingModel
{
    /// <inheritdoc />
    public async IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, ModelCall call)
    {
        using var measured = GenAi.Start("chat", call, time);
        GenAiContent.Ask(call.Span, request);
        var text = GenAiContent.IsCaptured ? new StringBuilder() : null;
        await using var events = inner.StreamAsync(request, call).GetAsyncEnumerator(call.Cancellation);
        while (true)
        {
            try
            {
                if (!await events.MoveNextAsync()) yield break;
            }
            catch (Exception exception)
            {
                measured.Fail(exception);
                throw;
            }

            text?.Append(events.Current.Text);
            if (events.Current.Completed is { } completed)
            {
                Measured.Succeed(measured, catalog, completed);
                if (text is not null) GenAiContent.Answer(call.Span, text.ToString(), completed.FinishReason);
            }
            else if (events.Current.Model.Length == 0) measured.SeeChunk();
            yield return events.Current;
        }
    }
}

/// <summary>What each kind of reply brought.</summary>
internal static class Measured
{
    public static void Succeed(GenAi.GenAiCall call, ModelCatalog catalog, CompleteResponse reply) =>
        call.Succeed(catalog.Find(reply.Model), reply.ProviderModel, reply.Usage, reply.CostUsd, reply.Id, reply.FinishReason, reply.Shared);

    public static void Succeed(GenAi.GenAiCall call, ModelCatalog catalog, EmbeddingsResponse reply) =>
        call.Succeed(catalog.Find(reply.Model), catalog.Find(reply.Model)?.ProviderModel ?? reply.Model, reply.Usage, reply.CostUsd, shared: reply.Shared);

    public static void Succeed(GenAi.GenAiCall call, ModelCatalog catalog, RerankResponse reply) =>
        call.Succeed(catalog.Find(reply.Model), catalog.Find(reply.Model)?.ProviderModel ?? reply.Model, reply.Usage, reply.CostUsd);

    public static void Succeed(GenAi.GenAiCall call, ModelCatalog catalog, ClassifyResponse reply) =>
        call.Succeed(catalog.Find(reply.Model), catalog.Find(reply.Model)?.ProviderModel ?? reply.Model, reply.Usage, reply.CostUsd);
}
