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
    private long _scanned;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its line end; null at the end of the body. An over-long line comes as <see cref="Line.TooLong"/>.</summary>
    public async ValueTask<Line?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            // What was looked at before is not looked at again: a long line comes in hundreds of pieces.
            if (buffer.Slice(_scanned).PositionOf((byte)'\n') is { } end)
            {
                var result = Take(buffer.Slice(0, end));
                _scanned = 0;
                reader.AdvanceTo(buffer.GetPosition(1, end));
                return result;
            }

            if (read.IsCompleted)
            {
                var rest = buffer.IsEmpty && !_skipping ? null : (Line?)Take(buffer);
                _scanned = 0;
                reader.AdvanceTo(buffer.End);
                return rest;
            }

            if (_skipping || buffer.Length > maxLine)
            {
                _skipping = true;
                _scanned = 0;
                reader.AdvanceTo(buffer.End);
            }
            else
            {
                _scanned = buffer.Length;
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
        // Editors on Windows begin a file with a byte order mark.
        if (Number == 1 && StartsWithMark(bytes)) bytes = bytes.Slice(ByteOrderMark.Length);
        var line = bytes.ToArray();
        return new Line(line is [.., (byte)'\r'] ? line[..^1] : line, TooLong: false);
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private static bool StartsWithMark(ReadOnlySequence<byte> bytes)
    {
        Span<byte> first = stackalloc byte[ByteOrderMark.Length];
        if (bytes.Length < first.Length) return false;
        bytes.Slice(0, first.Length).CopyTo(first);
        return first.SequenceEqual(ByteOrderMark);
    }
}

/// <summary>A line's bytes.</summary>
internal readonly record struct Line(byte[] Bytes, bool TooLong)
{
    public bool IsBlank => !TooLong && Bytes.AsSpan().IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;
}
