using System.Text;

namespace Slipway.Assistant.Redaction;

/// <summary>
/// Takes private keys in PEM form (RFC 7468: <c>-----BEGIN … PRIVATE KEY-----</c> to <c>-----END … PRIVATE KEY-----</c>) out of text that is still coming. They span
/// lines, so the word-by-word check of <see cref="Redactor"/> cannot see them. A key without an end is taken out to the end of the text.
/// </summary>
internal sealed class PrivateKeyFilter
{
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const string Dashes = "-----";

    /// <summary>The longest label, in characters: with more of them before the closing dashes it is no PEM line.</summary>
    private const int LongestLabel = 64;

    private string _held = "";
    private bool _inside;

    /// <summary>Takes more text, and returns what cannot belong to a key.</summary>
    public string Push(string text)
    {
        if (_held.Length == 0 && !_inside && !text.Contains('-', StringComparison.Ordinal)) return text;
        text = _held + text;
        _held = "";
        var result = new StringBuilder(text.Length);
        while (text.Length > 0)
        {
            var mark = _inside ? End : Begin;
            var at = text.IndexOf(mark, StringComparison.Ordinal);
            if (at < 0)
            {
                at = text.Length - Overlap(text, mark);
                Pass(at);
                _held = text[at..];
                break;
            }

            var label = at + mark.Length;
            var close = text.IndexOf(Dashes, label, StringComparison.Ordinal);
            if (close < 0 && text.Length - label <= LongestLabel)
            {
                Pass(at);
                _held = text[at..];
                break;
            }

            if (close >= 0 && close - label <= LongestLabel && text.AsSpan(label, close - label).Contains("PRIVATE KEY", StringComparison.Ordinal))
            {
                Pass(at);
                if (!_inside) result.Append(Redactor.Mark);
                _inside = !_inside;
                text = text[(close + Dashes.Length)..];
            }
            else
            {
                Pass(label);
                text = text[label..];
            }
        }

        return result.ToString();

        void Pass(int length)
        {
            if (!_inside) result.Append(text, 0, length);
        }
    }

    /// <summary>What was held back, when no more comes.</summary>
    public string Flush()
    {
        var rest = _inside ? "" : _held;
        _held = "";
        return rest;
    }

    /// <summary>The longest end of the text that may be the beginning of the mark.</summary>
    private static int Overlap(string text, string mark)
    {
        for (var length = Math.Min(mark.Length - 1, text.Length); length > 0; length--)
            if (text.EndsWith(mark[..length], StringComparison.Ordinal)) return length;
        return 0;
    }
}
