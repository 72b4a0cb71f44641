using System.Text;
using Slipway.ModelBroker.Providers.OpenAi;

namespace Slipway.ModelBroker.Tests.Providers;

/// <summary>Events that OpenAI's client could not read.</summary>
public sealed class ReadableEventsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("data: {\"a\":1}\n\ndata: {\"b\n\ndata: {\"c\":3}\n\ndata: [DONE]\n\n", "data: {\"a\":1}\n\ndata: {\"c\":3}\n\ndata: [DONE]\n\n", 1)]
    [InlineData("data: {\"a\":1}\r\n\r\ndata: no\r\n\r\ndata:{\"c\":3}\r\n\r\n", "data: {\"a\":1}\r\n\r\ndata:{\"c\":3}\r\n\r\n", 1)]
    [InlineData("data: {\"a\":1}\r\rdata: no\r\rdata:{\"c\":3}\r\r", "data: {\"a\":1}\r\rdata:{\"c\":3}\r\r", 1)]
    [InlineData("data: 1\n\ndata: null\n\ndata: []\n\ndata:\n\ndata: {} {}\n\n: still there\n\n", ": still there\n\n", 5)]
    [InlineData("event: x\nid: 1\ndata: {\"a\ndata: \":1}\n\nevent: y\ndata: {\"a\":\ndata: 1}\n\n", "event: y\ndata: {\"a\":\ndata: 1}\n\n", 1)]
    [InlineData("retry: 5\n\n\n\ndata: {\"a\":1}\n\ndata: {\"half", "retry: 5\n\n\n\ndata: {\"a\":1}\n\ndata: {\"half", 0)]
    public async Task Events_that_are_no_objects_are_left_out_wherever_the_bytes_are_split(string sent, string expected, int skips)
    {
        var bytes = Encoding.UTF8.GetBytes(sent);
        for (var split = 1; split <= bytes.Length; split++)
        {
            var skipped = 0;
            await using var events = new ReadableEvents(new Pieces([.. bytes.Chunk(split)]), () => skipped++);
            using var reader = new StreamReader(events);
            Assert.Equal((split, expected, skips), (split, await reader.ReadToEndAsync(Cancellation), skipped));
        }
    }

    [Theory]
    [InlineData("data: {\"a\":1}\n\n", "data: {\"error\":{\"code\":429}}\n\ndata: {\"c\":3}\n\n", "{\"code\":429}")]
    [InlineData("data: {\"a\":{\"error\":{}},\"error\":null}\r\n\r\n", "event: error\r\ndata: {\"id\":1,\r\ndata: \"error\":\"full\"}\r\n\r\n", "\"full\"")]
    public async Task An_error_is_thrown_when_what_stands_before_it_has_been_read_wherever_the_bytes_are_split(string before, string error, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(before + error);
        for (var split = 1; split <= bytes.Length; split++)
        {
            await using var events = new ReadableEvents(new Pieces([.. bytes.Chunk(split)]), () => Assert.Fail("An event was left out."));
            var read = new byte[before.Length];
            await events.ReadExactlyAsync(read, Cancellation);
            Assert.Equal((split, before), (split, Encoding.UTF8.GetString(read)));
            var thrown = await Assert.ThrowsAsync<ErrorEventException>(() => events.ReadAsync(read, Cancellation).AsTask());
            Assert.Equal(expected, thrown.Error.GetRawText());
        }
    }

    [Fact]
    public void Text_that_is_no_utf8_is_left_out_and_long_events_come_whole()
    {
        var large = $"data: {{\"a\":\"{new string('x', 100_000)}\"}}\n\n";
        var skipped = 0;
        using var events = new ReadableEvents(new Pieces([.. Encoding.UTF8.GetBytes(large).Chunk(1460), [.. "data: {\"a\":\""u8, 0xFF, .. "\"}\n\n"u8], "data: {}\n\n"u8.ToArray()]), () => skipped++);
        using var reader = new StreamReader(events);
        Assert.Equal(large + "data: {}\n\n", reader.ReadToEnd());
        Assert.Equal(1, skipped);
    }

    [Fact]
    public async Task An_event_is_there_as_soon_as_its_last_byte()
    {
        var pieces = new Pieces(["data: {\"a\":1}\n"u8.ToArray(), "\ndata: {\"b\""u8.ToArray(), ":2}\n\n"u8.ToArray()]);
        await using var events = new ReadableEvents(pieces, () => { });
        var buffer = new byte[100];
        Assert.Equal("data: {\"a\":1}\n\n", Encoding.UTF8.GetString(buffer, 0, await events.ReadAsync(buffer, Cancellation)));
        Assert.Equal(2, pieces.Given);
        Assert.Equal("data: {\"b\":2}\n\n", Encoding.UTF8.GetString(buffer, 0, await events.ReadAsync(buffer, Cancellation)));
        Assert.Equal(0, await events.ReadAsync(buffer, Cancellation));
    }

    /// <summary>Gives a piece with each read, or as much of it as there is room for.</summary>
    private sealed class Pieces(IReadOnlyList<byte[]> pieces) : MemoryStream
    {
        private int _from;

        public int Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

        public override int Read(Span<byte> buffer)
        {
            if (Given == pieces.Count) return 0;
            var rest = pieces[Given].AsSpan(_from);
            var count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            (_from, Given) = count == rest.Length ? (0, Given + 1) : (_from + count, Given);
            return count;
        }
    }
}
