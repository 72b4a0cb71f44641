using System.Security.Cryptography;
using System.Text;

namespace Slipway.ModelSim.Chat;

/// <summary>
/// An answer made from nothing but the request: the same model, messages and seed always give the same tokens. A prompt with <c>&lt;passage</c> blocks is
/// answered with the mark <c>[1]</c>. A token is a word with the space before it; prompts are counted at four characters a token.
/// </summary>
internal static class SimAnswer
{
    private const int CharactersPerToken = 4;

    private static readonly string[] Words =
    [
        "the", "release", "answers", "with", "a", "budget", "and", "keeps", "its", "promise", "when", "every", "stage", "is", "measured", "on", "the", "way", "from", "edge", "to", "model",
    ];

    public static IReadOnlyList<string> Tokens(SimRequest request)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Model}\n{request.Seed}\n{request.Prompt}"));
        var count = Math.Min(request.MaxTokens, 12 + hash[0] % 20);
        var tokens = new List<string>(count + 1);
        for (var i = 0; i < count; i++)
        {
            var word = Words[(hash[i % hash.Length] + i * 7) % Words.Length];
            tokens.Add(i == 0 ? char.ToUpperInvariant(word[0]) + word[1..] : " " + word);
        }

        if (request.Prompt.Contains("<passage n=\"1\"", StringComparison.Ordinal) && count < request.MaxTokens) tokens.Add(" [1].");
        return tokens;
    }

    public static int PromptTokens(SimRequest request) => (request.Prompt.Length + CharactersPerToken - 1) / CharactersPerToken;

    /// <summary>Why the answer ends.</summary>
    public static string FinishReason(SimRequest request, IReadOnlyList<string> tokens) => tokens.Count >= request.MaxTokens ? "length" : "stop";
}
