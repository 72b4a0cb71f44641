using System.Text;
using Slipway.Assistant.Redaction;

namespace Slipway.Assistant.Citations;

/// <summary>
/// The post stage on text that is still coming: drops citation marks that point at no passage, notes those that do, and redacts secrets.
/// Text is held back until the word that it belongs to is whole (and a mark closed), so that neither a mark nor a secret slips through in halves. However the
/// text is cut into pieces, the same comes out.
/// </summary>
/// <param name="passages">How many passages may be cited: marks are <c>[1]</c> to <c>[passages]</c>.</param>
internal sealed class AnswerFilter(int passages)
{
    /// <summary>
    /// The longest word that is held whole, in characters: a token of 4,096 bytes is the most that a cookie or a header carries. What comes after in the same word
    /// is not text that a person reads; from the first prefix of a secret on it is redacted unseen.
    /// </summary>
    private const int LongestWord = 4096;

    /// <summary>A longer prefix of a secret there is not (<c>github_pat_</c>).</summary>
    private const int LongestPrefix = 11;

    private readonly PrivateKeyFilter _keys = new();
    private readonly StringBuilder _held = new();
    private readonly CitationMarks _marks = new(passages);
    private bool _swallowing;

    /// <summary>The numbers seen so far, ascending.</summary>
    public IReadOnlyCollection<int> Cited => _marks.Cited;

    /// <summary>Takes more text, and returns what is certain now: perhaps nothing.</summary>
    public string Push(string text) => Take(_keys.Push(text));

    /// <summary>The rest, when no more comes.</summary>
    public string Flush()
    {
        var last = Take(_keys.Flush());
        return _held.Length == 0 ? last : last + Release(_held.Length);
    }

    private string Take(string text)
    {
        if (_swallowing)
        {
            text = WithoutSecretStart(text);
            if (text.Length == 0) return "";
            _swallowing = false;
        }

        if (text.Length == 0) return "";
        _held.Append(text);
        var certain = CertainLength();
        var released = certain == 0 ? "" : Release(certain);
        return _held.Length > LongestWord ? released + ReleaseLongWord() : released;
    }

    /// <summary>Up to the last white space, which stays: a mark that is dropped takes it along. A mark with white space inside ("[1, 2]") is not cut either.</summary>
    private int CertainLength()
    {
        var end = _held.Length - 1;
        while (end >= 0 && !char.IsWhiteSpace(_held[end])) end--;
        if (end < 0) return 0;
        for (var open = end; open >= 0 && end - open <= CitationMarks.Longest && CitationMarks.IsPart(_held[open]); open--)
        {
            if (_held[open] != '[') continue;
            end = open - 1;
            break;
        }

        while (end >= 0 && char.IsWhiteSpace(_held[end])) end--;
        return end + 1;
    }

    private string ReleaseLongWord()
    {
        // At a character that no secret and no mark contains the word can be cut without harm.
        for (var i = _held.Length - 1; i > 0; i--)
            if (!Redactor.IsSecretCharacter(_held[i]) && !CitationMarks.IsPart(_held[i])) return Release(i);

        var word = _held.ToString();
        var secret = Redactor.FirstPrefix(word);
        if (secret < 0) return Release(word.Length - LongestPrefix);
        _held.Clear();
        _swallowing = true;
        return Redactor.Redact(_marks.Check(word[..secret])) + Redactor.Mark;
    }

    private static string WithoutSecretStart(string text)
    {
        var start = 0;
        while (start < text.Length && Redactor.IsSecretCharacter(text[start])) start++;
        return text[start..];
    }

    private string Release(int length)
    {
        var text = _held.ToString(0, length);
        _held.Remove(0, length);
        return Redactor.Redact(_marks.Check(text));
    }
}
