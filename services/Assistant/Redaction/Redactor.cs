using System.Text.RegularExpressions;

namespace Slipway.Assistant.Redaction;

/// <summary>
/// Takes secrets out of answers: API keys, access tokens, private keys. A document that contains one must not hand it to whoever asks.
/// Patterns follow the public formats of their issuers; none of them contains white space, so that streamed text can be checked word by word.
/// </summary>
internal static partial class Redactor
{
    public const string Mark = "[redacted]";

    public static string Redact(string text) => MayHold(text) ? Secrets().Replace(text, Mark) : text;

    /// <summary>Cheap test first: most text has none of the prefixes.</summary>
    private static bool MayHold(string text) =>
        text.Contains("sk-", StringComparison.Ordinal) || text.Contains("AKIA", StringComparison.Ordinal) || text.Contains("ASIA", StringComparison.Ordinal)
        || text.Contains("gh", StringComparison.Ordinal) || text.Contains("xox", StringComparison.Ordinal) || text.Contains("AIza", StringComparison.Ordinal)
        || text.Contains("eyJ", StringComparison.Ordinal) || text.Contains("github_pat_", StringComparison.Ordinal);

    // In order: OpenAI, Anthropic and Slipway keys (the local key sk-slipway-dev is public and too short to match); AWS access key ids; GitHub tokens;
    // Slack tokens; Google API keys; JSON Web Tokens (three base64url parts, the first two of them JSON objects).
    [GeneratedRegex(
        @"\bsk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{20,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{40,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[0-9A-Za-z_-]{35}|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
        RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 250)]
    private static partial Regex Secrets();
}
