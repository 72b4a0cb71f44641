using System.Buffers;
using System.IO.Pipelines;

namespace Slipway.Assistant.Documents;

/// <summary>
/// Splits a body into lines without ever holding more than one: a line over the limit is skipped to its end and told as too long.
/// </summary>
/// <param name="reader">The body.</param>
/// <param name="maxLine">The longest line, in bytes.</param>
internal sealed class LineReader(PipeReader reader, int maxLine)
{
    private bool _skipping;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its line end; null at the end of the body. An over-long line comes as <see cref="Line.TooLong"/>.</summary>
    public async ValueTask<Line?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                var result = Take(line);
                reader.AdvanceTo(buffer.GetPosition(1, end));
                return result;
            }

            if (read.IsCompleted)
            {
                var rest = buffer.IsEmpty && !_skipping ? null : (Line?)Take(buffer);
                reader.AdvanceTo(buffer.End);
                return rest;
            }

            if (_skipping || buffer.Length > maxLine)
            {
                _skipping = true;
                reader.AdvanceTo(buffer.End);
            }
            else
            {
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
    }

    private Line Take(ReadOnlySequence<byte> bytes)
    {
        Number++;
        var tooLong = _skipping || bytes.Length > maxLine;
        _skipping = false;
        if (tooLong) return new Line([], TooLong: true);
        var line = bytes.ToArray();
        return new Line(line is [.., (byte)'\r'] ? line[..^1] : line, TooLong: false);
    }
}

/// <summary>A line's bytes.</summary>
internal readonly record struct Line(byte[] Bytes, bool TooLong)
{
    public bool IsBlank => !TooLong && Bytes.AsSpan().IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;
}
