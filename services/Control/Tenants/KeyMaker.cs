using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Control.Tenants;

/// <summary>API keys: <c>sk-slipway-</c> and 256 random bits as base64url. With that much entropy a plain SHA-256 keeps them: there is nothing to guess.</summary>
internal static class KeyMaker
{
    internal const string Prefix = "sk-slipway-";

    /// <summary>The key of tenant <c>dev</c>, known to everybody and therefore good in Development only.</summary>
    internal const string DevelopmentKey = Prefix + "dev";

    internal static string Make() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    internal static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Enough of the key for its owner to tell it from others, too little to help anybody else: 4 of its 43 random characters.</summary>
    internal static string Hint(string key) => key.Length > Prefix.Length + 8 ? key[..(Prefix.Length + 4)] + "…" : key[..Prefix.Length] + "…";
}
