using System.Collections.Frozen;
using System.Security.Cryptography;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.Edge.Tenants;

/// <summary>Keys to tenants as Control last told them; also from the last run's file, so that callers are known while Control is away.</summary>
internal sealed class TenantDirectory
{
    private static readonly byte[] LocalKeyHash = SHA256.HashData("sk-slipway-dev"u8);

    private readonly LastKnown<TenantSet> _disk;
    private readonly bool _development;
    private volatile FrozenDictionary<KeyHash, Grant>? _grants;

    /// <param name="disk">The last run's set.</param>
    /// <param name="development">Whether the local key is good: only in Development, whatever the database holds.</param>
    public TenantDirectory(LastKnown<TenantSet> disk, bool development)
    {
        _disk = disk;
        _development = development;
        if (disk.Load() is { } saved) _grants = Index(saved);
    }

    /// <summary>False until a first set came from Control or from disk.</summary>
    public bool Known => _grants is not null;

    public Grant? Find(KeyHash hash) => _grants is { } grants && grants.TryGetValue(hash, out var grant) ? grant : null;

    public void Accept(TenantSet set)
    {
        _grants = Index(set);
        _disk.Save(set);
    }

    private FrozenDictionary<KeyHash, Grant> Index(TenantSet set)
    {
        var grants = new Dictionary<KeyHash, Grant>();
        foreach (var tenant in set.Tenants)
        {
            foreach (var key in tenant.Keys)
            {
                if (key.Hash.Length != SHA256.HashSizeInBytes) continue;
                if (!_development && key.Hash.Span.SequenceEqual(LocalKeyHash)) continue;
                grants[KeyHash.Of(key.Hash.Span)] = new Grant(
                    tenant.Id, string.Join(',', key.Scopes), tenant.RequestsPerMinute, key.Scopes.Contains("answers"), key.Scopes.Contains("admin"));
            }
        }

        return grants.ToFrozenDictionary();
    }
}
