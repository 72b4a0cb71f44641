using System.Text.RegularExpressions;

namespace Aspire.Hosting.Local.Dashboard;

/// <summary>
/// Hides secrets in what is shown: the values that the application has as secrets, wherever they stand; and, of what it was given from outside, what stands behind a
/// password, a key or a token, or in a variable of such a name.
/// </summary>
internal sealed partial class Redaction
{
    internal const string Mask = "********";

    private readonly IReadOnlyList<string> _secrets;

    /// <param name="secrets">Shorter ones than 4 characters are left: they would hide parts of words.</param>
    internal Redaction(IEnumerable<string> secrets) => _secrets = [.. secrets.Where(secret => secret.Length >= 4).Distinct().OrderByDescending(secret => secret.Length)];

    /// <summary>Hides the secrets of the application.</summary>
    internal string Hide(string text)
    {
        foreach (var secret in _secrets)
        {
            if (text.Contains(secret, StringComparison.Ordinal)) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Hides what a variable of this name must not show.</summary>
    internal string Hide(string name, string value)
    {
        if (value.Length == 0) return value;
        return SecretName().IsMatch(name) ? Mask : UserInfo().Replace(Assignment().Replace(Hide(value), "$1" + Mask), "$1" + Mask + "@");
    }

    [GeneratedRegex("(?:password|secret|key|(?<!per)token)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"((?:password|pwd|secret|key|token)\s*=\s*)[^;,&\s]+", RegexOptions.IgnoreCase)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"(://[^/\s:@]*:)[^/\s@]+@")]
    private static partial Regex UserInfo();
}
