using System.Threading.Channels;

namespace Aspire.Hosting.Local.Dashboard;

/// <summary>One line that a process printed.</summary>
/// <param name="Number">From 1 on, over all processes that the resource had.</param>
/// <param name="Text">The line.</param>
/// <param name="IsError">Whether it came on standard error.</param>
internal readonly record struct LogLine(int Number, string Text, bool IsError);

/// <summary>
/// The last lines that each resource printed, for whoever looks at them later, and those to come. Of each resource at most 5,000 lines and 2 million characters are kept;
/// who does not keep up with reading loses the oldest.
/// </summary>
internal sealed class ConsoleLogs
{
    private const int MaxLines = 5_000;
    private const int MaxCharacters = 2_000_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Log> _logs = [];

    internal void Add(string resource, string text, bool isError)
    {
        lock (_gate)
        {
            var log = Of(resource);
            var line = new LogLine(++log.Last, text, isError);
            log.Lines.Enqueue(line);
            log.Characters += text.Length;
            while (log.Lines.Count > MaxLines || log.Characters > MaxCharacters) log.Characters -= log.Lines.Dequeue().Text.Length;
            foreach (var reader in log.Readers) reader.Writer.TryWrite(line);
        }
    }

    /// <summary>The lines that there are, and those to come.</summary>
    internal Subscription Subscribe(string resource)
    {
        var channel = Channel.CreateBounded<LogLine>(new BoundedChannelOptions(MaxLines) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate)
        {
            var log = Of(resource);
            log.Readers.Add(channel);
            return new Subscription([.. log.Lines], channel.Reader, () =>
            {
                lock (_gate) log.Readers.Remove(channel);
            });
        }
    }

    private Log Of(string resource) => _logs.TryGetValue(resource, out var log) ? log : _logs[resource] = new Log();

    /// <param name="Backlog">The lines that there were.</param>
    /// <param name="Live">Those since.</param>
    /// <param name="End">Ends the subscription.</param>
    internal sealed record Subscription(IReadOnlyList<LogLine> Backlog, ChannelReader<LogLine> Live, Action End) : IDisposable
    {
        public void Dispose() => End();
    }

    private sealed class Log
    {
        public Queue<LogLine> Lines { get; } = new();

        public List<Channel<LogLine>> Readers { get; } = [];

        public int Characters { get; set; }

        public int Last { get; set; }
    }
}
