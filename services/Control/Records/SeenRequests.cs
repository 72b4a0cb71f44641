using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Control.Records;

/// <summary>
/// Which requests were counted in the last ten minutes, as 64-bit hashes in six generations of two minutes. At 10,000 records a second that is
/// six million ids in about 100 MB; beyond <see cref="MaxIds"/> the oldest generation goes early.
/// </summary>
internal sealed class SeenRequests
{
    /// <summary>Ten minutes.</summary>
    internal const long WindowMs = 10 * 60_000;

    /// <summary>Ids that wait for the database at most.</summary>
    internal const int MaxWaiting = 1_000_000;

    private const long GenerationMs = 2 * 60_000;
    private const int Generations = 6;
    private const int MaxIds = 6_000_000;

    private readonly LinkedList<(long Start, HashSetOfLongs Ids)> _generations = new();
    private long _count;

    /// <summary>Names a request: its id is the client's to choose, so that the tenant belongs to it.</summary>
    internal static ulong Hash(string tenant, string requestId)
    {
        var size = Encoding.UTF8.GetMaxByteCount(tenant.Length + requestId.Length + 1);
        byte[]? rented = null;
        var bytes = size <= 1024 ? stackalloc byte[size] : rented = ArrayPool<byte>.Shared.Rent(size);
        var length = Encoding.UTF8.GetBytes(tenant, bytes);
        bytes[length++] = 0;
        length += Encoding.UTF8.GetBytes(requestId, bytes[length..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..length], hash);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <returns>False when it was there.</returns>
    internal bool Add(ulong hash, long nowUnixMs)
    {
        Turn(nowUnixMs);
        if (Contains(hash)) return false;
        _generations.Last!.Value.Ids.Add(hash);
        _count++;
        return true;
    }

    internal bool Contains(ulong hash)
    {
        for (var node = _generations.Last; node is not null; node = node.Previous)
        {
            if (node.Value.Ids.Contains(hash)) return true;
        }

        return false;
    }

    /// <summary>Puts back what an earlier process had written, oldest first.</summary>
    internal void Restore(ReadOnlySpan<byte> hashes, long unixMs)
    {
        for (; hashes.Length >= 8; hashes = hashes[8..]) Add(BinaryPrimitives.ReadUInt64LittleEndian(hashes), unixMs);
    }

    internal static byte[] Pack(List<ulong> hashes)
    {
        var bytes = new byte[hashes.Count * 8];
        for (var i = 0; i < hashes.Count; i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 8), hashes[i]);
        return bytes;
    }

    private void Turn(long nowUnixMs)
    {
        var start = nowUnixMs / GenerationMs * GenerationMs;
        if (_generations.Last is null || _generations.Last.Value.Start < start) _generations.AddLast((start, new HashSetOfLongs()));
        while (_generations.Count > 1 && (_generations.First!.Value.Start + GenerationMs * Generations <= nowUnixMs || _count > MaxIds))
        {
            _count -= _generations.First!.Value.Ids.Count;
            _generations.RemoveFirst();
        }
    }
}
