using System.Globalization;
using System.Threading.Channels;

namespace Aspire.Hosting.Local;

/// <summary>
/// Everything that is printed, line by line, from one place, so that lines of different resources never mix. A reader that stalls (a paused
/// terminal, a full pipe) must not stall the resources: beyond 10,000 waiting lines the oldest are dropped, and counted.
/// </summary>
internal sealed class Terminal : IAsyncDisposable
{
    private const int Capacity = 10_000;
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);
    private static readonly string[] Colors = ["\u001b[36m", "\u001b[32m", "\u001b[33m", "\u001b[35m", "\u001b[34m", "\u001b[96m", "\u001b[92m", "\u001b[93m", "\u001b[95m", "\u001b[94m"];
    private const string Reset = "\u001b[0m";

    private readonly TextWriter _writer;
    private readonly Channel<string> _lines;
    private readonly Task _pump;
    private readonly int _width;
    private readonly bool _colored;
    private readonly Dictionary<string, string> _colorOf;
    private int _dropped;

    internal Terminal(TextWriter writer, bool colored, IEnumerable<string> names)
    {
        _writer = writer;
        _colored = colored;
        var list = names.ToList();
        _width = list.Select(name => name.Length).DefaultIfEmpty(0).Max();
        _colorOf = list.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => Colors[pair.i % Colors.Length]);
        _lines = Channel.CreateBounded<string>(
            new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => Interlocked.Increment(ref _dropped));
        _pump = Task.Run(PumpAsync);
    }

    /// <summary>Colors are for people: not when the output is redirected, nor where NO_COLOR says so (no-color.org).</summary>
    internal static Terminal Standard(IEnumerable<string> names) =>
        new(Console.Out, !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")), names);

    /// <summary>A line of the application's own.</summary>
    internal void Say(string line) => _lines.Writer.TryWrite(line);

    /// <summary>A resource's state.</summary>
    internal void State(string resource, string state) => Prefixed(resource, ">", state);

    /// <summary>A line that a resource's process printed.</summary>
    internal void Output(string resource, string line) => Prefixed(resource, "|", line);

    private void Prefixed(string resource, string mark, string text)
    {
        var prefix = resource.PadRight(_width);
        if (_colored) prefix = _colorOf.GetValueOrDefault(resource, "") + prefix + Reset;
        _lines.Writer.TryWrite($"{prefix} {mark} {text}");
    }

    private async Task PumpAsync()
    {
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync())
            {
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) await _writer.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"({dropped} lines dropped: the output was not read)"));
                await _writer.WriteLineAsync(line);
            }

            await _writer.FlushAsync();
        }
        catch (IOException)
        {
            // Whoever read the output is gone (a closed pipe). The resources go on.
            await foreach (var _ in _lines.Reader.ReadAllAsync())
            {
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await Task.WhenAny(_pump, Task.Delay(FlushLimit));
    }
}
