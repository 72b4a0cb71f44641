using Slipway.Contracts;

namespace Slipway.Tokens;

/// <summary>
/// What a chat costs beyond its texts. The figures are OpenAI's (cookbook, "How to count tokens with tiktoken", for all models since gpt-3.5-turbo-0613):
/// each message is framed by 3 tokens, a name takes 1 more, and the reply is primed with 3.
/// </summary>
public static class ChatTokens
{
    /// <summary>Tokens around each message.</summary>
    public const int PerMessage = 3;

    /// <summary>Tokens of a name beyond its text.</summary>
    public const int PerName = 1;

    /// <summary>Tokens that start the reply, once.</summary>
    public const int ReplyPrimer = 3;

    /// <summary>The tokens of one message with its frame; above <paramref name="limit"/> any number above it.</summary>
    public static int Count(this TokenCounter counter, ChatMessage message, int limit = int.MaxValue)
    {
        var count = PerMessage + counter.Count(message.Role);
        foreach (var text in (ReadOnlySpan<string>)[message.Content, message.ToolCallsJson, message.ToolCallId])
        {
            if (text.Length > 0 && count <= limit) count += counter.CountUpTo(text, limit - count);
        }

        return message.Name.Length == 0 || count > limit ? count : count + PerName + counter.CountUpTo(message.Name, limit - count);
    }

    /// <summary>The tokens of a whole prompt with the reply's primer; above <paramref name="limit"/> any number above it, and no more work than that.</summary>
    public static int Count(this TokenCounter counter, IEnumerable<ChatMessage> messages, int limit = int.MaxValue)
    {
        var count = ReplyPrimer;
        foreach (var message in messages)
        {
            if (count > limit) break;
            count += counter.Count(message, limit - count);
        }

        return count;
    }
}
