using System.Text;
using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Citations;
using Slipway.Contracts;
using Slipway.Extractive;

namespace Slipway.Assistant.RequestPath;

/// <summary>What the model stage brings: text as the model wrote it, or, when it was streamed, as the caller has seen it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Filter">The filter that the text went through already; null when it is still to be filtered.</param>
/// <param name="Completed">Who answered, usage and cost.</param>
internal sealed record ModelReply(string Text, AnswerFilter? Filter, CompleteResponse Completed);

/// <summary>
/// Asks the broker for an answer of the release's models: it tries them in their order, each within its share of the time. Quotes from the passages itself when none
/// answers. A model that failed is named by the one that answered instead: <c>model=NAME</c>. Once the caller has seen text, nobody else takes over here.
/// </summary>
internal sealed partial class ModelStage(ModelBrokerService.ModelBrokerServiceClient broker, TimeProvider time, ILogger<ModelStage> logger)
{
    /// <summary>The provider that quotes from the passages; the broker has it, and so has this stage.</summary>
    public const string Extractive = "extractive";

    /// <summary>What is kept for the stages after the model and for the last rung.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(120);

    public async Task<ModelReply> AnswerAsync(
        Question question, Context context, ReleaseBinding binding, RequestRun run, IAnswerSink? sink, CancellationToken cancellationToken)
    {
        var patience = Patience(run);
        if (context.Messages is { } messages && binding.Models.Count > 0 && patience > TimeSpan.Zero)
        {
            var request = RequestFor(question, messages, binding.Models);
            var watched = sink is null ? null : new WatchedSink(sink);
            try
            {
                var reply = watched is null
                    ? await CompleteAsync(request, patience, cancellationToken)
                    : await StreamAsync(request, patience, context.Cited.Count, run, watched, cancellationToken);
                NameRung(run, request, reply.Completed.Model);
                return reply;
            }
            catch (RpcException exception) when (exception.IsRecoverable() && watched is not { Written: true } && !cancellationToken.IsCancellationRequested)
            {
                LogModelFailed(request.Model, exception.StatusCode);
            }
        }

        if (binding.Models.Count == 0 || binding.Models[0].Provider != Extractive || context.Messages is not null) run.Degrade(Stage.Model, Extractive);
        return await QuoteAsync(question, context, run, sink, cancellationToken);
    }

    private static void NameRung(RequestRun run, CompleteRequest request, string answered)
    {
        if (answered != request.Model) run.Degrade(Stage.Model, answered);
    }

    private TimeSpan Patience(RequestRun run)
    {
        var left = run.CallDeadline(Stage.Model) - time.GetUtcNow().UtcDateTime;
        var fromEnd = run.Remaining - Reserve;
        return fromEnd < left ? fromEnd : left;
    }

    private static CompleteRequest RequestFor(Question question, IReadOnlyList<ChatMessage> messages, IReadOnlyList<ModelInfo> models)
    {
        var request = new CompleteRequest { Tenant = question.Tenant, RequestId = question.RequestId, Model = models[0].Name, Background = question.Background };
        request.Fallbacks.AddRange(models.Skip(1).Select(model => model.Name));
        request.Messages.AddRange(messages);
        question.Sampling.ApplyTo(request);
        return request;
    }

    private async Task<ModelReply> CompleteAsync(CompleteRequest request, TimeSpan patience, CancellationToken cancellationToken)
    {
        var reply = await broker.CompleteAsync(request, deadline: (time.GetUtcNow() + patience).UtcDateTime, cancellationToken: cancellationToken);
        return new ModelReply(reply.Text, Filter: null, reply);
    }

    private async Task<ModelReply> StreamAsync(
        CompleteRequest request, TimeSpan patience, int passages, RequestRun run, WatchedSink sink, CancellationToken cancellationToken)
    {
        using var firstText = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        firstText.CancelAfter(patience);
        request.FirstTextMs = Math.Max(1, (int)patience.TotalMilliseconds);
        var answering = request.Model;
        var filter = new AnswerFilter(passages);
        var text = new StringBuilder();
        using var call = broker.CompleteStream(request, deadline: (time.GetUtcNow() + patience + run.Budget.Stream).UtcDateTime, cancellationToken: firstText.Token);
        try
        {
            await foreach (var item in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                if (item.EventCase == CompleteEvent.EventOneofCase.Text)
                {
                    await SendAsync(filter.Push(item.Text));
                }
                else if (item.EventCase == CompleteEvent.EventOneofCase.Model)
                {
                    answering = item.Model;
                }
                else if (item.EventCase == CompleteEvent.EventOneofCase.Completed)
                {
                    await SendAsync(filter.Flush());
                    return new ModelReply(text.ToString(), filter, item.Completed);
                }
            }
        }
        catch (RpcException) when (firstText.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Late();
        }

        throw new RpcException(new Status(StatusCode.Unavailable, "The stream ended without a finish reason."));

        async ValueTask SendAsync(string piece)
        {
            if (piece.Length == 0) return;
            if (text.Length == 0)
            {
                // Only text that the caller sees ends the wait: the filter holds a first half word back, and a model may hang after it.
                firstText.CancelAfter(Timeout.InfiniteTimeSpan);
                if (firstText.IsCancellationRequested && !cancellationToken.IsCancellationRequested) throw Late();
                // What was degraded has to be known by the first text, which starts the response.
                NameRung(run, request, answering);
                run.SeeText();
            }

            text.Append(piece);
            await sink.WriteAsync(piece, cancellationToken);
        }
    }

    private static RpcException Late() => new(new Status(StatusCode.DeadlineExceeded, "No text within the stage's budget."));

    private static async Task<ModelReply> QuoteAsync(Question question, Context context, RequestRun run, IAnswerSink? sink, CancellationToken cancellationToken)
    {
        var text = ExtractiveAnswerer.Answer(question.Text, [.. context.Cited.Select((passage, index) => new ExtractivePassage(index + 1, passage.Title, passage.Heading, passage.Text))]).Text;
        var completed = new CompleteResponse { Model = Extractive, Provider = Extractive, ProviderModel = Extractive, FinishReason = "stop", Usage = new Usage() };
        if (sink is null) return new ModelReply(text, Filter: null, completed);
        var filter = new AnswerFilter(context.Cited.Count);
        var filtered = filter.Push(text) + filter.Flush();
        if (filtered.Length > 0)
        {
            run.SeeText();
            await sink.WriteAsync(filtered, cancellationToken);
        }

        return new ModelReply(filtered, filter, completed);
    }

    [LoggerMessage(1, LogLevel.Warning, "Model {Model} did not answer: {Status}.")]
    private partial void LogModelFailed(string model, StatusCode status);

    /// <summary>Knows whether the caller has seen text.</summary>
    private sealed class WatchedSink(IAnswerSink inner) : IAnswerSink
    {
        public bool Written { get; private set; }

        public ValueTask WriteAsync(string text, CancellationToken cancellationToken)
        {
            Written = true;
            return inner.WriteAsync(text, cancellationToken);
        }
    }
}
