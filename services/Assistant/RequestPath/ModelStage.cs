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
/// Asks the models of the release in their order, each within its share of the time that is left, and quotes from the passages itself when none answers.
/// A model that failed is named by the one that answered instead: <c>model=NAME</c>. Once the caller has seen text, nobody else can take over.
/// </summary>
internal sealed partial class ModelStage(ModelBrokerService.ModelBrokerServiceClient broker, TimeProvider time, ILogger<ModelStage> logger)
{
    /// <summary>The provider that quotes from the passages; the broker has it, and so has this stage.</summary>
    public const string Extractive = "extractive";

    /// <summary>What is kept for the stages after the model and for the last rung.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(120);

    /// <summary>What a rung below that only quotes needs.</summary>
    private static readonly TimeSpan ReserveForExtractive = TimeSpan.FromMilliseconds(100);

    /// <summary>The part of the time that a model gets when another model, not only quoting, comes after it.</summary>
    private const double ShareBeforeAnotherModel = 0.6;

    public async Task<ModelReply> AnswerAsync(
        Question question, Context context, ReleaseBinding binding, RequestRun run, IAnswerSink? sink, CancellationToken cancellationToken)
    {
        if (context.Messages is { } messages)
        {
            for (var i = 0; i < binding.Models.Count; i++)
            {
                var model = binding.Models[i];
                var patience = Patience(binding.Models, i, run);
                if (patience <= TimeSpan.Zero) continue;
                var request = RequestFor(question, messages, model.Name);
                var watched = sink is null ? null : new WatchedSink(sink);
                try
                {
                    var reply = watched is null
                        ? await CompleteAsync(request, patience, cancellationToken)
                        : await StreamAsync(request, patience, context.Cited.Count, run, () => NameRung(run, i, model), watched, cancellationToken);
                    NameRung(run, i, model);
                    return reply;
                }
                catch (RpcException exception) when (exception.IsRecoverable() && watched is not { Written: true } && !cancellationToken.IsCancellationRequested)
                {
                    LogModelFailed(model.Name, exception.StatusCode);
                }
            }
        }

        if (binding.Models.Count == 0 || binding.Models[0].Provider != Extractive || context.Messages is not null) run.Degrade(Stage.Model, Extractive);
        return await QuoteAsync(question, context, run, sink, cancellationToken);
    }

    private static void NameRung(RequestRun run, int index, ModelInfo model)
    {
        if (index > 0) run.Degrade(Stage.Model, model.Name);
    }

    private TimeSpan Patience(IReadOnlyList<ModelInfo> models, int index, RequestRun run)
    {
        var left = run.CallDeadline(Stage.Model) - time.GetUtcNow().UtcDateTime;
        var fromEnd = run.Remaining - Reserve;
        if (fromEnd < left) left = fromEnd;
        var later = models.Skip(index + 1).ToList();
        left -= ReserveForExtractive * later.Count(model => model.Provider == Extractive);
        return later.Any(model => model.Provider != Extractive) ? left * ShareBeforeAnotherModel : left;
    }

    private static CompleteRequest RequestFor(Question question, IReadOnlyList<ChatMessage> messages, string model)
    {
        var request = new CompleteRequest { Tenant = question.Tenant, RequestId = question.RequestId, Model = model };
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
        CompleteRequest request, TimeSpan patience, int passages, RequestRun run, Action nameRung, WatchedSink sink, CancellationToken cancellationToken)
    {
        using var firstText = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        firstText.CancelAfter(patience);
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
                nameRung();
                run.SeeText();
            }

            text.Append(piece);
            await sink.WriteAsync(piece, cancellationToken);
        }
    }

    private static RpcException Late() => new(new Status(StatusCode.DeadlineExceeded, "No text within the model's share of the budget."));

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
