using System.Buffers;
using System.Text.RegularExpressions;

namespace Slipway.Assistant.Redaction;

/// <summary>
/// Takes API keys and access tokens out of text; for private keys see <see cref="PrivateKeyFilter"/>. A document that contains one must not hand it to whoever asks.
/// Patterns follow the public formats of their issuers; none of them contains white space, so that streamed text can be checked word by word.
/// </summary>
internal static partial class Redactor
{
    public const string Mark = "[redacted]";

    private static readonly SearchValues<string> Prefixes =
        SearchValues.Create(["sk-", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "AIza", "eyJ"], StringComparison.Ordinal);

    /// <summary>Whether a secret can consist of this character.</summary>
    public static bool IsSecretCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.';

    /// <summary>Most text has none of the prefixes, and is passed over without the patterns.</summary>
    public static string Redact(string text) => text.AsSpan().ContainsAny(Prefixes) ? Secrets().Replace(text, Mark) : text;

    /// <summary>Where a secret may begin in a word that is not whole yet, or -1.</summary>
    public static int FirstPrefix(string word) => word.AsSpan().IndexOfAny(Prefixes);

    // In order: OpenAI, Anthropic and Slipway keys (the local key sk-slipway-dev is public and too short to match); AWS access key ids; GitHub tokens;
    // Slack tokens; Google API keys; JSON Web Tokens (three base64url parts, the first two of them JSON objects).
    [GeneratedRegex(
        @"\bsk-[A-Za-z0-9_-]{20,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{40,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[0-9A-Za-z_-]{35}|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
        RegexOptions.CultureInvariant)]
    private static partial Regex Secrets();
}
