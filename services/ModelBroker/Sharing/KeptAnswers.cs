using Slipway.Contracts;

namespace Slipway.ModelBroker.Sharing;

/// <summary>Answers that may be given again: for 5 minutes, in 32 MiB at most; the oldest go first.</summary>
internal sealed class KeptAnswers(TimeProvider time, long mostBytes = 32 * 1024 * 1024)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, CompleteResponse> _answers = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, DateTimeOffset Until, long Bytes)> _order = new();
    private long _bytes;

    /// <summary>The answer, or null.</summary>
    public CompleteResponse? Find(string key)
    {
        lock (_gate)
        {
            Drop(0);
            return _answers.GetValueOrDefault(key);
        }
    }

    /// <summary>Keeps an answer that came to its end; one that was filtered or cut to length is not kept.</summary>
    public void Keep(string key, CompleteResponse answer)
    {
        if (answer.FinishReason is not ("stop" or "tool_calls")) return;
        // In memory text takes two bytes a character; the rest of an entry is some 400 bytes.
        var bytes = 400L + (2 * (key.Length + answer.Text.Length + answer.ToolCallsJson.Length));
        if (bytes > mostBytes) return;
        lock (_gate)
        {
            Drop(bytes);
            if (!_answers.TryAdd(key, answer)) return;
            _order.Enqueue((key, time.GetUtcNow() + Life, bytes));
            _bytes += bytes;
        }
    }

    private void Drop(long room)
    {
        while (_order.TryPeek(out var oldest) && (oldest.Until <= time.GetUtcNow() || _bytes + room > mostBytes))
        {
            _order.Dequeue();
            _answers.Remove(oldest.Key);
            _bytes -= oldest.Bytes;
        }
    }
}
