using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Prompts.Rendering;

/// <summary>
/// Takes from inputs what could be mistaken for the frame around them. Messages need no encoding, because a template is split into messages before it is
/// filled in; passages do, because their frame is text: <c>&lt;passage n="1" …&gt;</c> … <c>&lt;/passage&gt;</c>. Everything else stays as it was written,
/// so that code and markup can be quoted.
/// </summary>
internal static partial class InputEncoding
{
    /// <summary>
    /// Encodes the angle bracket of whatever a lenient reader could take for a passage tag, also with spaces, a slash or invisible characters in between.
    /// </summary>
    public static string Text(string value) => value.Contains('<', StringComparison.Ordinal) ? PassageTag().Replace(value, "&lt;") : value;

    /// <summary>Encodes a value between double quotes: markup characters as entities, line breaks and other controls as spaces.</summary>
    public static string Attribute(string value)
    {
        if (value.AsSpan().IndexOfAny("&<>\"") < 0 && !value.Any(char.IsControl)) return value;
        var encoded = new StringBuilder(value.Length + 16);
        foreach (var c in value)
        {
            switch (c)
            {
                case '&': encoded.Append("&amp;"); break;
                case '<': encoded.Append("&lt;"); break;
                case '>': encoded.Append("&gt;"); break;
                case '"': encoded.Append("&quot;"); break;
                default: encoded.Append(char.IsControl(c) ? ' ' : c); break;
            }
        }

        return encoded.ToString();
    }

    // Cf: zero-width and other format characters, which a reader does not see.
    [GeneratedRegex(@"<(?=[\s\p{Cf}/]{0,16}p[\p{Cf}]*a[\p{Cf}]*s[\p{Cf}]*s[\p{Cf}]*a[\p{Cf}]*g[\p{Cf}]*e)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PassageTag();
}
