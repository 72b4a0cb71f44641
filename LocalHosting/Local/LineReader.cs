using System.Text;

namespace Aspire.Hosting.Local;

/// <summary>Cuts a stream into lines. A line without end is handed on in pieces, so that it cannot fill the memory.</summary>
internal static class LineReader
{
    /// <summary>Longer lines are cut: 64 K characters.</summary>
    internal const int MaxLength = 64 * 1024;

    internal static async Task ReadAsync(TextReader reader, Action<string> line)
    {
        var buffer = new char[4096];
        var rest = new StringBuilder();
        int read;
        while ((read = await reader.ReadAsync(buffer)) > 0)
        {
            var text = buffer.AsMemory(0, read);
            int end;
            while ((end = text.Span.IndexOf('\n')) >= 0)
            {
                rest.Append(text.Span[..end]);
                Emit();
                text = text[(end + 1)..];
            }

            rest.Append(text.Span);
            if (rest.Length >= MaxLength) Emit();
        }

        if (rest.Length > 0) Emit();

        void Emit()
        {
            if (rest.Length > 0 && rest[^1] == '\r') rest.Length--;
            line(rest.ToString());
            rest.Clear();
            if (rest.Capacity > 2 * MaxLength) rest.Capacity = MaxLength;
        }
    }
}
