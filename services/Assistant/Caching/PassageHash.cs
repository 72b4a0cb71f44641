using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Slipway.Contracts;

namespace Slipway.Assistant.Caching;

/// <summary>Tells whether a passage is what it was: the first 64 bits of the SHA-256 of document, title, headings and text. Where it stands in its document makes no difference.</summary>
internal static class PassageHash
{
    public static ulong Of(Passage passage)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{passage.DocumentId}\0{passage.Title}\0{passage.Heading}\0{passage.Text}"), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
