using System.Buffers;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Calls;
using Slipway.ModelSim.Faults;
using Slipway.ServiceDefaults.Errors;
using Slipway.Tokens;

namespace Slipway.ModelSim.Chat;

/// <summary>Answers chats, whole and streamed, at the pace and with the faults that the model's name asks for.</summary>
internal sealed class ChatAnswers(SimCalls calls)
{
    /// <summary>Answers a chat.</summary>
    public Task HandleAsync(HttpContext http, IChatFormat format) => calls.RunAsync(http, format, format.Read, (call, request) => AnswerAsync(call, request, format));

    private async Task AnswerAsync(SimCall call, ChatRequest request, IChatFormat format)
    {
        var model = SimModel.For(request.Model, call.Http.Request, calls.Options);
        var prompt = CountTokens(request);
        if (prompt > SimModel.ContextWindow)
            throw new ApiException(ApiError.Invalid("messages", $"This model's maximum context length is {SimModel.ContextWindow} tokens.", "context_length_exceeded"));

        var reply = SimReply.Make(request, model, call.Plan, call.Entry.Number, calls.Time.GetUtcNow(), prompt);
        if (call.Plan.Has(FaultKind.SlowFirst, out var slow)) model = model with { FirstToken = model.FirstToken + TimeSpan.FromMilliseconds(slow!.Value) };
        if (request.Stream)
        {
            await StreamAsync(call, format, reply with { HasUsage = reply.HasUsage && request.IncludeUsage }, model);
            return;
        }

        await call.WaitAsync(model.FirstToken + model.PerToken * Math.Max(0, reply.Tokens - 1));
        var buffer = new ArrayBufferWriter<byte>(1024);
        format.Whole(buffer, reply);
        await call.WriteAsync(buffer.WrittenMemory, "application/json", prompt, reply.Tokens);
    }

    private static async Task StreamAsync(SimCall call, IChatFormat format, SimReply reply, SimModel model)
    {
        var (plan, cancelled) = (call.Plan, call.Http.RequestAborted);
        call.Http.Response.ContentType = format.StreamType;
        call.Http.Response.Headers.CacheControl = "no-cache";
        var writer = call.Http.Response.BodyWriter;
        // Without waits there is nothing to show early: many chunks share a packet, and the load generator gets its share of the processor.
        var flushEach = model.PerToken > TimeSpan.Zero;
        var breaks = StreamBreak.For(plan, reply.Pieces.Count);

        await call.WaitAsync(model.FirstToken);
        format.Start(writer, reply);
        for (var i = 0; i <= reply.Pieces.Count; i++)
        {
            if (i == breaks.Malformed) format.Malformed(writer);
            if (i == breaks.End)
            {
                if (plan.Has(FaultKind.ErrorEvent)) format.ErrorEvent(writer);
                await writer.FlushAsync(cancelled);
                if (plan.Has(FaultKind.Cut)) call.Break();
                else if (plan.Has(FaultKind.Stall)) await call.UntilGoneAsync();
                else call.Entry.Finish(200, reply.PromptTokens, i);
                return;
            }

            if (i == reply.Pieces.Count) break;
            if (i > 0 && flushEach) await call.WaitAsync(model.PerToken);
            format.Piece(writer, reply, reply.Pieces[i]);
            if (flushEach || i == 0) await writer.FlushAsync(cancelled);
        }

        if (reply.FinishReason is not null) format.Finish(writer, reply);
        if (!plan.Has(FaultKind.NoDone)) format.Done(writer);
        await writer.FlushAsync(cancelled);
        cancelled.ThrowIfCancellationRequested();
        if (plan.Has(FaultKind.StayOpen)) await call.UntilGoneAsync();
        call.Entry.Finish(200, reply.PromptTokens, reply.Tokens);
    }

    private static int CountTokens(ChatRequest request)
    {
        var counter = TokenCounter.Get(TokenCounter.O200kBase);
        var tokens = ChatTokens.ReplyPrimer;
        foreach (var (role, text) in request.Messages) tokens += ChatTokens.PerMessage + counter.Count(role) + counter.CountUpTo(text, SimModel.ContextWindow);
        return tokens;
    }

    /// <summary>After how many pieces something goes wrong; -1: never.</summary>
    private readonly record struct StreamBreak(int Malformed, int End)
    {
        public static StreamBreak For(FaultPlan plan, int pieces)
        {
            return new StreamBreak(At(FaultKind.Malformed), Math.Max(At(FaultKind.Cut), Math.Max(At(FaultKind.Stall), At(FaultKind.ErrorEvent))));

            int At(FaultKind kind) => plan.Has(kind, out var value) ? Math.Min(value ?? pieces / 2, pieces) : -1;
        }
    }
}
