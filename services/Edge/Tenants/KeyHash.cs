using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Edge.Tenants;

/// <summary>The SHA-256 of an API key. The key itself is held nowhere; comparing hashes tells a guesser nothing about the key's bytes.</summary>
internal readonly record struct KeyHash(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>The longest key that is looked at, in characters.</summary>
    public const int MaxKeyLength = 256;

    public static bool TryOf(ReadOnlySpan<char> key, out KeyHash hash)
    {
        hash = default;
        if (key.Length is 0 or > MaxKeyLength) return false;
        Span<byte> bytes = stackalloc byte[MaxKeyLength * 3];
        var length = Encoding.UTF8.GetBytes(key, bytes);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..length], digest);
        hash = Of(digest);
        return true;
    }

    public static KeyHash Of(ReadOnlySpan<byte> digest)
    {
        var parts = MemoryMarshal.Cast<byte, ulong>(digest);
        return new KeyHash(parts[0], parts[1], parts[2], parts[3]);
    }
}
