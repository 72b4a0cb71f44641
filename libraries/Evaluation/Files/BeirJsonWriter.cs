using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Slipway.Evaluation;

internal static class BeirJsonWriter
{
    // Files for people and tools, not for a page: letters stay letters.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write<T>(string path, IEnumerable<T> items, Func<T, string> id, Action<Utf8JsonWriter, T> rest)
    {
        ArgumentNullException.ThrowIfNull(items);
        WholeFile.Write(path, stream =>
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var line = new ArrayBufferWriter<byte>();
            using var writer = new Utf8JsonWriter(line, Options);
            foreach (var item in items)
            {
                IdRules.ThrowIfUnwritable("_id", id(item), spacesSeparate: false);
                if (!seen.Add(id(item))) throw new ArgumentException($"_id '{Quoted.Short(id(item))}' comes twice.", nameof(items));
                writer.WriteStartObject();
                WriteText(writer, "_id", id(item));
                rest(writer, item);
                writer.WriteEndObject();
                writer.Flush();
                stream.Write(line.WrittenSpan);
                stream.WriteByte((byte)'\n');
                line.ResetWrittenCount();
                writer.Reset();
            }
        });
    }

    /// <summary>Writes a property. Half of a surrogate pair is refused: the JSON writer would put U+FFFD in its place.</summary>
    /// <exception cref="ArgumentException">The text is not valid Unicode.</exception>
    public static void WriteText(Utf8JsonWriter writer, string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text, name);
        writer.WriteString(name, WholeFile.Encoding.GetBytes(text));
    }
}
