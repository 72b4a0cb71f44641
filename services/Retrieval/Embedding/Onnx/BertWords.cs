using System.Globalization;
using System.Text;

namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>
/// Splits a text into words as Hugging Face's BertNormalizer and BertPreTokenizer do:
/// <list type="number">
/// <item>control and unassigned characters go, and white space of all kinds becomes a space;</item>
/// <item>Chinese characters stand alone;</item>
/// <item>characters are decomposed and accents go;</item>
/// <item>upper case becomes lower case, a character at a time;</item>
/// <item>white space separates words, and each punctuation mark is a word.</item>
/// </list>
/// Microsoft.ML.Tokenizers has a normalizer of its own, which joins the words around a line break, keeps format characters, composes what it decomposed and drops symbols as <c>$</c>, so only its
/// WordPiece is used.
/// </summary>
internal sealed class BertWords(TokenizerDefinition definition)
{
    /// <summary>The words of a text, in order.</summary>
    public List<string> Split(ReadOnlySpan<char> text)
    {
        var splitting = new Splitting(definition);
        foreach (var rune in text.EnumerateRunes()) splitting.Clean(rune);
        splitting.End();
        return splitting.Words;
    }

    private sealed class Splitting(TokenizerDefinition definition)
    {
        private readonly StringBuilder _word = new();

        public List<string> Words { get; } = [];

        public void Clean(Rune rune)
        {
            if (definition.Clean)
            {
                if (rune.Value is '\t' or '\n' or '\r') rune = new Rune(' ');
                else if (rune.Value is 0 or 0xFFFD || IsControl(rune)) return;
            }

            if (definition.SplitChinese && IsChinese(rune.Value))
            {
                End();
                Fold(rune);
                End();
            }
            else
            {
                Fold(rune);
            }
        }

        public void End()
        {
            if (_word.Length == 0) return;
            Words.Add(_word.ToString());
            _word.Clear();
        }

        private void Fold(Rune rune)
        {
            if (!definition.StripAccents) Lower(rune);
            else
            {
                Decompositions.Decompose(rune, this, static (part, splitting) =>
                {
                    if (Rune.GetUnicodeCategory(part) != UnicodeCategory.NonSpacingMark) splitting.Lower(part);
                });
            }
        }

        private void Lower(Rune rune)
        {
            if (!definition.Lowercase)
            {
                Put(rune);
            }
            else if (rune.Value == 0x130)
            {
                // The one character whose lower case is two; .NET leaves it as it is.
                Put(new Rune('i'));
                Put(new Rune(0x307));
            }
            else
            {
                Put(Rune.ToLowerInvariant(rune));
            }
        }

        private void Put(Rune rune)
        {
            if (Rune.IsWhiteSpace(rune))
            {
                End();
            }
            else if (IsPunctuation(rune))
            {
                End();
                Append(rune);
                End();
            }
            else
            {
                Append(rune);
            }
        }

        private void Append(Rune rune)
        {
            Span<char> chars = stackalloc char[2];
            _word.Append(chars[..rune.EncodeToUtf16(chars)]);
        }
    }

    private static bool IsControl(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsPunctuation(Rune rune) => rune.Value is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~') || Rune.IsPunctuation(rune);

    /// <summary>The blocks of CJK ideographs; kana and Hangul are written as words. (U+2B820 to U+2B91F are left out, as they are there.)</summary>
    private static bool IsChinese(int point) => point is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
