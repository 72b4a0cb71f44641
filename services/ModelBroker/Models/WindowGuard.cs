using System.Text;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Models;

/// <summary>
/// Refuses a prompt that cannot fit the model's window, before anybody is paid for finding out. Most prompts are let through uncounted: a token has at
/// least one byte, so a prompt of fewer bytes than the window has tokens fits. The others are counted no further than the window.
/// </summary>
internal sealed class WindowGuard<TReply>(IModel<CompleteRequest, TReply> inner, CatalogModel model) : IModel<CompleteRequest, TReply>
{
    /// <inheritdoc />
    public Task<TReply> CallAsync(CompleteRequest request, ModelCall call)
    {
        var window = model.Entry.ContextWindow;
        // The answer needs one token at least.
        return MostTokens(request) <= window || TokenCounter.Get(model.Entry.Tokenizer).Count(request.Messages, window - 1) < window
            ? inner.CallAsync(request, call)
            : Task.FromException<TReply>(new ModelException(FailureKind.ContextLength, ServiceError.Invalid(
                "messages", $"The messages have more tokens than the {window} that the model '{model.Name}' can take.", "context_length_exceeded")));
    }

    private static long MostTokens(CompleteRequest request)
    {
        long most = ChatTokens.ReplyPrimer;
        foreach (var message in request.Messages)
        {
            most += ChatTokens.PerMessage + ChatTokens.PerName + message.Role.Length + message.Name.Length + message.ToolCallId.Length
                + Encoding.UTF8.GetByteCount(message.Content) + Encoding.UTF8.GetByteCount(message.ToolCallsJson);
        }

        return most;
    }
}
