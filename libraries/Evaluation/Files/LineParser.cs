using System.Text.Unicode;

namespace Slipway.Evaluation;

/// <summary>Reads the lines of one file of one format, and says what is wrong with those that it cannot read.</summary>
internal abstract class LineParser<T>
{
    private FileProblems? _problems;
    private bool _bad;

    /// <summary>The number of the line at hand, from 1.</summary>
    protected long Number { get; private set; }

    /// <summary>Reads the line (valid UTF-8, not empty), or calls <see cref="Problem"/> and returns anything.</summary>
    protected abstract T? Parse(ReadOnlyMemory<byte> line);

    /// <summary>Whether line 1 is a header. It is passed to <see cref="ParseHeader"/>, and must be there.</summary>
    protected virtual bool HasHeader => false;

    protected virtual void ParseHeader(ReadOnlyMemory<byte> line)
    {
    }

    /// <summary>Whether a line is no item and is passed over.</summary>
    protected virtual bool IsComment(ReadOnlySpan<byte> line) => false;

    /// <summary>Says what is wrong with a field of the line at hand; the line is then no item.</summary>
    protected void Problem(string field, string message)
    {
        _bad = true;
        _problems!.Add(Number, field, message);
    }

    /// <summary>The items of a file, while it is read: once for each parser, which remembers them. Throws at the end when there were problems.</summary>
    public IEnumerable<T> Read(Func<Stream> open, string name)
    {
        _problems = new FileProblems(name);
        using var stream = open();
        var lines = new Utf8Lines(stream);
        while (lines.Read())
        {
            Number = lines.Number;
            _bad = false;
            if (IsComment(lines.Line.Span)) continue;
            var item = ParseLine(lines);
            if (!_bad && !(HasHeader && Number == 1)) yield return item!;
        }

        if (HasHeader && lines.Number == 0) _problems.Add(0, "header", "the file is empty: the first line must be the header");
        _problems.ThrowIfAny();
    }

    private T? ParseLine(Utf8Lines lines)
    {
        if (lines.TooLong) Problem("line", FormattableString.Invariant($"is longer than {Utf8Lines.LongestLine} bytes"));
        else if (!Utf8.IsValid(lines.Line.Span)) Problem("line", "is not valid UTF-8");
        else if (HasHeader && Number == 1) ParseHeader(lines.Line);
        else if (lines.Line.IsEmpty) Problem("line", "is empty");
        else return Parse(lines.Line);
        return default;
    }
}

/// <summary>Reads files.</summary>
internal static class LineParser
{
    /// <summary>The items of a file, with a new parser whenever they are enumerated.</summary>
    public static IEnumerable<T> Read<T>(Func<LineParser<T>> parser, Func<Stream> open, string name)
    {
        foreach (var item in parser().Read(open, name)) yield return item;
    }

    public static IEnumerable<T> Read<T>(Func<LineParser<T>> parser, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(parser, () => WholeFile.Open(path), path);
    }

    public static IEnumerable<T> Read<T>(Func<LineParser<T>> parser, Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Read(parser, () => stream, name);
    }
}
