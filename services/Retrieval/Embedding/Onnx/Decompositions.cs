using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>
/// Unicode's canonical decompositions (NFD) of single characters. The services run without ICU (<c>InvariantGlobalization</c>), where <see cref="string.Normalize()"/> leaves everything
/// but ASCII as it is. The table (Unicode 14, a line for each: code point, then its full decomposition) has all but the Hangul syllables, which are computed (Unicode 3.12).
/// Decompositions of Unicode never change; characters that have one and are younger than the table are none in the vocabularies of today's models.
/// </summary>
internal static class Decompositions
{
    private static readonly FrozenDictionary<int, Rune[]> Table = Read();

    /// <summary>Calls <paramref name="take"/> with each character that <paramref name="rune"/> is made of.</summary>
    public static void Decompose<TState>(Rune rune, TState state, Action<Rune, TState> take)
    {
        const int First = 0xAC00, Leading = 0x1100, Vowel = 0x1161, Trailing = 0x11A7, Vowels = 21, Trailings = 28, Syllables = 11_172;
        var syllable = rune.Value - First;
        if (rune.Value < 0xC0)
        {
            take(rune, state);
        }
        else if ((uint)syllable < Syllables)
        {
            take(new Rune(Leading + (syllable / (Vowels * Trailings))), state);
            take(new Rune(Vowel + (syllable % (Vowels * Trailings) / Trailings)), state);
            if (syllable % Trailings > 0) take(new Rune(Trailing + (syllable % Trailings)), state);
        }
        else if (Table.TryGetValue(rune.Value, out var parts))
        {
            foreach (var part in parts) take(part, state);
        }
        else
        {
            take(rune, state);
        }
    }

    private static FrozenDictionary<int, Rune[]> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Slipway.Retrieval.decompositions.txt")!;
        using var reader = new StreamReader(stream);
        var table = new Dictionary<int, Rune[]>();
        while (reader.ReadLine() is { } line)
        {
            var points = line.Split(' ').Select(point => int.Parse(point, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            table.Add(points[0], [.. points.Skip(1).Select(point => new Rune(point))]);
        }

        return table.ToFrozenDictionary();
    }
}
