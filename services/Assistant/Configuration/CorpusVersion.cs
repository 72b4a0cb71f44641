using System.Globalization;

namespace Slipway.Assistant.Configuration;

/// <summary>Versions of a corpus, <c>STORE-SEQUENCE</c>: those of one store are ordered by their sequence.</summary>
internal static class CorpusVersion
{
    /// <summary>Whether the candidate is known to be older: of the same store, with a smaller sequence.</summary>
    public static bool IsOlder(string candidate, string current)
    {
        var dash = candidate.LastIndexOf('-');
        return dash > 0 && dash == current.LastIndexOf('-') && candidate.AsSpan(0, dash).SequenceEqual(current.AsSpan(0, dash))
            && Sequence(candidate, dash) is { } left && Sequence(current, dash) is { } right && left < right;
    }

    private static long? Sequence(string version, int dash) =>
        long.TryParse(version.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : null;
}
