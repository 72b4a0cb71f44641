using System.Text;

namespace Slipway.Evaluation.Tests;

public sealed class Utf8LinesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("a\n", "a")]
    [InlineData("a\r\nb", "a|b")]
    [InlineData("\n\nx\n", "||x")]
    [InlineData("a\rb\n\r\n", "a\rb|")]
    [InlineData("\uFEFFa\n\uFEFFb", "a|\uFEFFb")]
    public void Lines_are_the_same_however_the_stream_hands_out_its_bytes(string text, string lines)
    {
        foreach (var portion in new[] { 1, 2, 3, 1000 })
            Assert.Equal(lines, string.Join('|', Lines(text, portion, longest: 1000).Select(l => Encoding.UTF8.GetString(l!))));
    }

    [Fact]
    public void A_line_over_the_limit_is_passed_over_whole_and_the_next_ones_are_read()
    {
        var text = $"first\n{new string('x', 300_000)}\n{new string('y', 100)}\n{new string('z', 101)}\r\nlast\n{new string('w', 200_000)}";
        foreach (var portion in new[] { 7, 4096, 1_000_000 })
            Assert.Equal([5, null, 100, null, 4, null], Lines(text, portion, longest: 100).Select(l => l?.Length));
    }

    [Fact]
    public void A_line_longer_than_the_buffer_is_read_whole()
    {
        var text = $"a\n{new string('x', 200_000)}\nb";
        Assert.Equal([1, 200_000, 1], Lines(text, 5000, longest: 1_000_000).Select(l => l!.Length));
    }

    private static List<byte[]?> Lines(string text, int portion, int longest)
    {
        var lines = new Utf8Lines(new Portions(Encoding.UTF8.GetBytes(text), portion), longest);
        var read = new List<byte[]?>();
        while (lines.Read())
        {
            read.Add(lines.TooLong ? null : lines.Line.ToArray());
            Assert.Equal(read.Count, lines.Number);
        }

        Assert.False(lines.Read());
        return read;
    }

    /// <summary>A stream that hands out a few bytes at a time.</summary>
    private sealed class Portions(byte[] bytes, int portion) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, portion));
    }
}
