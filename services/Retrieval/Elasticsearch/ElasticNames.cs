using System.Globalization;
using System.Text;
using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>
/// The names of the indexes. All begin with <c>slipway-</c>, so that a role can be limited to them. A vector set <c>slipway:0a1b2c3d:4:5</c> is the index <c>slipway-0a1b2c3d-4-5</c>:
/// Elasticsearch allows lower case only and no colons, so a colon is written <c>-</c> and every byte that is neither a small letter, a digit nor a full stop <c>_hh</c>, which can be read back.
/// </summary>
internal static class ElasticNames
{
    /// <summary>Bytes of a name of Elasticsearch.</summary>
    private const int Longest = 255;

    private const string AliasSuffix = "-write";

    /// <summary>The alias that is written to.</summary>
    public static string AliasOf(string index) => index + AliasSuffix;

    /// <summary>The keyword index of a corpus.</summary>
    public static string Keyword(string databaseId, CorpusRow corpus) => string.Create(CultureInfo.InvariantCulture, $"slipway-keyword-{databaseId}-{corpus.Number}");

    /// <summary>The index of a vector set.</summary>
    /// <exception cref="ArgumentException">There can be no index of that name.</exception>
    public static string IndexOf(string set)
    {
        var index = Encode(set);
        return index.Length is > 0 && index.Length + AliasSuffix.Length <= Longest && char.IsAsciiLetterOrDigit(index[0])
            ? index
            : throw new ArgumentException($"The set '{set}' has no lawful name in Elasticsearch: it must begin with a small letter or a digit and take at most {Longest - AliasSuffix.Length} bytes.", nameof(set));
    }

    /// <summary>What the names of the indexes begin with whose sets begin with a prefix.</summary>
    public static string Encode(string set)
    {
        var name = new StringBuilder(set.Length);
        foreach (var value in Encoding.UTF8.GetBytes(set))
        {
            var character = (char)value;
            if (char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '.') name.Append(character);
            else if (character == ':') name.Append('-');
            else name.Append(CultureInfo.InvariantCulture, $"_{value:x2}");
        }

        return name.ToString();
    }

    /// <summary>The set of an index; null when it is none of ours.</summary>
    public static string? SetOf(string index)
    {
        var bytes = new List<byte>(index.Length);
        for (var i = 0; i < index.Length; i++)
        {
            if (index[i] != '_')
            {
                bytes.Add(index[i] == '-' ? (byte)':' : (byte)index[i]);
                continue;
            }

            if (i + 2 >= index.Length || !byte.TryParse(index.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) return null;
            bytes.Add(value);
            i += 2;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
