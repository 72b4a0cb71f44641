namespace Slipway.Evaluation;

/// <summary>
/// Reads a stream line by line as bytes, so that a line that is not UTF-8 is one bad line with a number and not the end of reading. A line ends with LF or
/// CR LF; a byte order mark at the start is skipped.
/// </summary>
internal sealed class Utf8Lines(Stream stream, int longest = Utf8Lines.LongestLine)
{
    /// <summary>Longer lines are not kept, in bytes.</summary>
    public const int LongestLine = 64 * 1024 * 1024;

    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The line that was read last, without its end; valid until the next call. Empty for one that is too long.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Whether that line is longer than the limit.</summary>
    public bool TooLong { get; private set; }

    public bool Read()
    {
        var searched = 0;
        TooLong = false;
        while (true)
        {
            var length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0) return Take(searched + length, 1);
            searched = _end - _start;
            if (searched > longest + 1)
            {
                TooLong = true;
                (_start, _end, searched) = (0, 0, 0);
            }

            if (_ended) return (searched > 0 || TooLong) && Take(searched, 0);
            Fill();
        }
    }

    private bool Take(int length, int separator)
    {
        var line = _buffer.AsMemory(_start, length);
        _start += length + separator;
        if (++Number == 1 && line.Span.StartsWith("\uFEFF"u8)) line = line[3..];
        if (line.Span.EndsWith("\r"u8)) line = line[..^1];
        TooLong |= line.Length > longest;
        Line = TooLong ? ReadOnlyMemory<byte>.Empty : line;
        return true;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }
}
