using System.Text;

namespace Slipway.Retrieval.Chunking;

/// <summary>Takes the inline markup off a heading: emphasis, code marks, links and images keep their words.</summary>
internal static class InlineText
{
    public static string Strip(ReadOnlySpan<char> line)
    {
        if (line.IndexOfAny("`*[]") < 0) return line.ToString();
        var result = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                case '`' or '*' or '[':
                    break;
                case '!' when i + 1 < line.Length && line[i + 1] == '[':
                    break;
                case ']':
                    // ](address) goes; a bracket alone goes too.
                    if (i + 1 < line.Length && line[i + 1] == '(' && line[i..].IndexOf(')') is > 0 and var close) i += close;
                    break;
                default:
                    result.Append(line[i]);
                    break;
            }
        }

        return result.ToString().Trim();
    }
}
