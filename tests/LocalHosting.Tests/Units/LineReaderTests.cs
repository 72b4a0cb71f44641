using Aspire.Hosting.Local;

namespace Slipway.LocalHosting.Tests.Units;

public sealed class LineReaderTests
{
    private static async Task<List<string>> Lines(string text)
    {
        var lines = new List<string>();
        await LineReader.ReadAsync(new StringReader(text), lines.Add);
        return lines;
    }

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("one", new[] { "one" })]
    [InlineData("one\n", new[] { "one" })]
    [InlineData("one\r\ntwo\n\nthree", new[] { "one", "two", "", "three" })]
    public async Task Lines_end_at_line_feeds(string text, string[] expected) => Assert.Equal(expected, await Lines(text));

    [Fact]
    public async Task A_line_longer_than_the_buffer_stays_whole()
    {
        var line = new string('x', 20_000);
        Assert.Equal([line, "end"], await Lines(line + "\nend\n"));
    }

    [Fact]
    public async Task A_line_without_end_comes_in_pieces()
    {
        var lines = await Lines(new string('x', 3 * LineReader.MaxLength));
        Assert.True(lines.Count >= 3);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, LineReader.MaxLength + 4096));
        Assert.Equal(3 * LineReader.MaxLength, lines.Sum(line => line.Length));
    }
}
