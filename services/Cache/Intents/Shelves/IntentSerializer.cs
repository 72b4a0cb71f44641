using System.Buffers.Binary;
using System.Text;

namespace Slipway.Cache.Intents.Shelves;

/// <summary>
/// An intent's bytes in Redis: <c>version (1 byte, 1), id (16), expires at (int64, milliseconds since 1970), question and entry (each int32 length, UTF-8),
/// numbers (int32), the vector (float16 each)</c>; all little-endian. Half precision keeps a cosine to 0.001.
/// </summary>
internal static class IntentSerializer
{
    private const byte Version = 1;
    private const int IdBytes = 16, HeadBytes = 1 + IdBytes + sizeof(long);

    internal static byte[] Write(Intent intent)
    {
        var question = Encoding.UTF8.GetBytes(intent.Question);
        var entry = Encoding.UTF8.GetBytes(intent.Entry);
        var bytes = new byte[HeadBytes + (3 * sizeof(int)) + question.Length + entry.Length + (2 * intent.Direction.Length)];
        bytes[0] = Version;
        Convert.FromHexString(intent.Id).CopyTo(bytes.AsSpan(1));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1 + IdBytes), intent.ExpiresAt.ToUnixTimeMilliseconds());
        var rest = Put(Put(bytes.AsSpan(HeadBytes), question), entry);
        BinaryPrimitives.WriteInt32LittleEndian(rest, intent.Direction.Length);
        rest = rest[sizeof(int)..];
        for (var i = 0; i < intent.Direction.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(rest[(2 * i)..], (Half)intent.Direction[i]);
        return bytes;
    }

    /// <summary>The intent, or null when the bytes are none of this version.</summary>
    internal static Intent? Read(byte[]? bytes)
    {
        if (IdOf(bytes) is not { } id) return null;
        try
        {
            var expires = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(1 + IdBytes)));
            ReadOnlySpan<byte> rest = bytes.AsSpan(HeadBytes);
            var question = Take(ref rest);
            var entry = Take(ref rest);
            var direction = new float[BinaryPrimitives.ReadInt32LittleEndian(rest)];
            rest = rest[sizeof(int)..];
            for (var i = 0; i < direction.Length; i++) direction[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(rest[(2 * i)..]);
            return new Intent(id, question, entry, direction, expires);
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>The intent's id without the rest; null when these are no bytes of this version.</summary>
    internal static string? IdOf(byte[]? bytes) => bytes is { Length: > HeadBytes } && bytes[0] == Version ? Convert.ToHexStringLower(bytes.AsSpan(1, IdBytes)) : null;

    private static Span<byte> Put(Span<byte> target, byte[] value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, value.Length);
        value.CopyTo(target[sizeof(int)..]);
        return target[(sizeof(int) + value.Length)..];
    }

    private static string Take(ref ReadOnlySpan<byte> rest)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        var text = Encoding.UTF8.GetString(rest.Slice(sizeof(int), length));
        rest = rest[(sizeof(int) + length)..];
        return text;
    }
}
