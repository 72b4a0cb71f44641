using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Control.Webhooks;

/// <summary>
/// Signatures by https://www.standardwebhooks.com: HMAC-SHA256 with the secret over <c>{webhook-id}.{webhook-timestamp}.{body}</c>, in base64 behind <c>v1,</c>. The receiver compares it and refuses
/// what is older than some minutes.
/// </summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";

    /// <summary>The bytes of a secret, or null when it is none.</summary>
    internal static byte[]? ParseSecret(string? text)
    {
        if (text is null) return null;
        var base64 = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) && length is >= 24 and <= 64 ? bytes[..length] : null;
    }

    internal static string Sign(byte[] secret, string id, DateTimeOffset at, string body) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{id}.{at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}.{body}")));
}
