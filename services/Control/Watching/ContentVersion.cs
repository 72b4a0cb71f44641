using System.Security.Cryptography;
using Google.Protobuf;

namespace Slipway.Control.Watching;

/// <summary>A version that is a function of the content: the same after a restart, another after each change.</summary>
internal static class ContentVersion
{
    /// <summary>The first 16 hex digits of the SHA-256 of the message, whose own version must be empty.</summary>
    internal static string Of(IMessage message) => Convert.ToHexStringLower(SHA256.HashData(message.ToByteArray()).AsSpan(0, 8));
}
