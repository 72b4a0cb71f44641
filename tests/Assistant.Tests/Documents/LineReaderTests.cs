using System.IO.Pipelines;
using System.Text;
using Slipway.Assistant.Documents;

namespace Slipway.Assistant.Tests.Documents;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("\n", "1:")]
    [InlineData("a", "1:a")]
    [InlineData("a\n", "1:a")]
    [InlineData("a\r\nb", "1:a 2:b")]
    [InlineData("a\n\nb\n", "1:a 2: 3:b")]
    [InlineData("a\rb\n", "1:a\rb")]
    [InlineData("12345678\n1", "1:12345678 2:1")]
    [InlineData("123456789\n1", "1:! 2:1")]
    [InlineData("1\n123456789", "1:1 2:!")]
    [InlineData("123456789012345678901234567890", "1:!")]
    [InlineData("\uFEFFa\n\uFEFFb", "1:a 2:\uFEFFb")]
    public async Task Lines_are_the_same_however_the_body_is_cut(string text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= Math.Max(1, bytes.Length); size++)
        {
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            var reading = ReadAsync(pipe.Reader);
            foreach (var piece in bytes.Chunk(size)) await pipe.Writer.WriteAsync(piece, TestContext.Current.CancellationToken);
            await pipe.Writer.CompleteAsync();
            Assert.Equal(expected, await reading);
        }
    }

    private static async Task<string> ReadAsync(PipeReader reader)
    {
        var lines = new LineReader(reader, maxLine: 8);
        var read = new List<string>();
        while (await lines.ReadAsync(TestContext.Current.CancellationToken) is { } line) read.Add($"{lines.Number}:{(line.TooLong ? "!" : Encoding.UTF8.GetString(line.Bytes))}");
        return string.Join(' ', read);
    }
}
