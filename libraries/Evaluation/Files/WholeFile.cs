using System.Text;

namespace Slipway.Evaluation;

/// <summary>Writes a file beside its place and moves it there when it is whole: nobody reads half a file, and a failed write leaves the old one.</summary>
internal static class WholeFile
{
    /// <summary>UTF-8 without a mark; what is not valid UTF-16 is refused instead of replaced.</summary>
    public static UTF8Encoding Encoding { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write)) write(stream);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes lines that end with LF.</summary>
    public static void WriteLines(string path, IEnumerable<string> lines) => Write(path, stream => WriteLines(stream, lines));

    public static void WriteLines(Stream stream, IEnumerable<string> lines)
    {
        using var writer = new StreamWriter(stream, Encoding, leaveOpen: true) { NewLine = "\n" };
        foreach (var line in lines) writer.WriteLine(line);
    }

    public static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
}
