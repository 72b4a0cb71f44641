using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Contracts;

namespace Slipway.Cache.Keys;

/// <summary>
/// Where an entry lies. The digest is SHA-256 over the tier and every part of the scope and the question, each behind its length, so that no two
/// scopes share it whatever their parts contain: <c>kind, tier, (UTF-8 length as int32 little-endian, UTF-8 bytes)*</c>. A hash that can be made to
/// collide would let one caller of a tenant choose another's answer. The tenant and its generation stand readable in front, for people who look into Redis.
/// </summary>
internal sealed class EntryAddress
{
    private const byte ExactKind = 1, LatestKind = 2, ScopeKind = 3, IntentsKind = 4;
    private const string Prefix = "slipway:cache:";

    private readonly CacheKey _key;
    private readonly string _question;
    private readonly string _head;
    private readonly string _digest;

    private EntryAddress(CacheKey key, long generation)
    {
        _key = key;
        _question = QuestionText.Normalise(key.Question);
        var scope = key.Scope;
        _head = string.Create(CultureInfo.InvariantCulture, $"{scope.Tenant}:{generation}:{(key.Tier == CacheTier.Output ? "output" : "retrieval")}:");
        _digest = Digest(ExactKind, key.Tier, scope.Tenant, scope.Release, scope.CorpusVersion, scope.PromptVersion, scope.Model, _question, key.Context);
        Entry = string.Concat(Prefix, "entry:", _head, _digest);
    }

    /// <summary>The key of the entry.</summary>
    internal string Entry { get; }

    /// <summary>The key of the lease for working the entry out.</summary>
    internal string Lease => string.Concat(Prefix, "lease:", _head, _digest);

    /// <summary>The key under which the newest entry's key is noted, whatever its release, corpus, prompt and model.</summary>
    internal string Latest => string.Concat(Prefix, "latest:", _head, Digest(LatestKind, _key.Tier, _key.Scope.Tenant, _question, _key.Context));

    /// <summary>Names the scope without its corpus version: what an answer depends on besides the documents.</summary>
    internal string Scope => Digest(ScopeKind, _key.Tier, _key.Scope.Tenant, _key.Scope.Release, _key.Scope.PromptVersion, _key.Scope.Model);

    /// <summary>The key of the intents that may answer for this one: of the same scope and context, embedded alike.</summary>
    internal string IntentsOf(string embeddingsVersion) => string.Concat(Prefix, "intents:", _head,
        Digest(IntentsKind, _key.Tier, _key.Scope.Tenant, _key.Scope.Release, _key.Scope.CorpusVersion, _key.Scope.PromptVersion, _key.Scope.Model, _key.Context, embeddingsVersion));

    /// <summary>The key of a tenant's sampled intent hits, and of whether they are distrusted.</summary>
    internal static (string Samples, string Distrusted) TrustOf(string tenant, string route)
    {
        var name = string.Concat(tenant, ":", Digest(IntentsKind, CacheTier.Output, tenant, route));
        return (Prefix + "intent-samples:" + name, Prefix + "intent-distrusted:" + name);
    }

    /// <summary>The key of a tenant's generation: the number that a purge raises.</summary>
    internal static string GenerationOf(string tenant) => Prefix + "generation:" + tenant;

    internal static EntryAddress Of(CacheKey key, long generation) => new(key, generation);

    private static string Digest(byte kind, CacheTier tier, params ReadOnlySpan<string> parts)
    {
        var size = 2;
        foreach (var part in parts) size += sizeof(int) + Encoding.UTF8.GetMaxByteCount(part.Length);
        byte[]? rented = null;
        var buffer = size <= 2048 ? stackalloc byte[size] : rented = ArrayPool<byte>.Shared.Rent(size);
        buffer[0] = kind;
        buffer[1] = (byte)tier;
        var end = 2;
        foreach (var part in parts)
        {
            var written = Encoding.UTF8.GetBytes(part, buffer[(end + sizeof(int))..]);
            BinaryPrimitives.WriteInt32LittleEndian(buffer[end..], written);
            end += sizeof(int) + written;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer[..end], hash);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return Base64Url.EncodeToString(hash);
    }
}
