using Slipway.Cache.Entries;
using Slipway.Cache.Generations;
using Slipway.Cache.Intents.Gate;
using Slipway.Cache.Intents.Routes;
using Slipway.Cache.Intents.Shelves;
using Slipway.Cache.Intents.Trust;
using Slipway.Cache.Keys;
using Slipway.Cache.Telemetry;
using Slipway.Contracts;

namespace Slipway.Cache.Intents;

/// <summary>
/// Finds the answer to another question of the same intent: (1) the route allows it and is trusted; (2) the nearest questions of the same scope, above the route's
/// threshold; (3) the first of them that <see cref="IntentGate"/> lets pass, and whose answer is still there.
/// </summary>
internal sealed class IntentCache(IntentShelves shelves, EntryStore entries, TenantGenerations generations, IntentRoutes routes, IntentTrust trust, Random random, TimeProvider time)
{
    private readonly Lock _gate = new();

    /// <summary>The answer of the nearest question that passes; null when there is none.</summary>
    internal async ValueTask<IntentHit?> LookupAsync(CacheKey key, Vector vector, string embeddingsVersion, string route, CancellationToken cancellationToken)
    {
        var settings = routes.Of(route);
        if (!settings.Enabled || embeddingsVersion.Length == 0 || IntentShelves.DirectionOf(vector.Values) is not { } direction) return null;
        using var span = CacheTelemetry.Start("cache intent", key.Tier);
        if (!await trust.IsTrustedAsync(key.Scope.Tenant, route, cancellationToken)) return Ended(span, "distrusted");

        var generation = await generations.CurrentAsync(key.Scope.Tenant, cancellationToken);
        var address = EntryAddress.Of(key, generation.Number);
        var shelf = await shelves.FindAsync(address.IntentsOf(embeddingsVersion), generation, cancellationToken);
        var near = shelf.Nearest(direction, settings.Threshold, time.GetUtcNow());
        if (near.Count == 0) return Ended(span, "none");

        var asked = CanonicalQuestion.Of(key.Question);
        foreach (var (intent, similarity) in near)
        {
            if (!IntentGate.Passes(asked, intent.Canonical)) continue;
            if (await entries.FindAsync(intent.Entry, generation, cancellationToken) is { } entry)
            {
                Ended(span, "hit");
                return new IntentHit(entry, similarity, Sampled(settings.SampleShare));
            }

            shelf.Forget(intent);
        }

        // What the nearest differs in says most.
        return Ended(span, "gate", IntentGate.Compare(asked, near[0].Intent.Canonical));
    }

    /// <summary>Lets the answer of a question be found by its intent.</summary>
    internal async ValueTask RememberAsync(CacheKey key, Generation generation, EntryAddress address, CacheEntry entry, Vector vector, string embeddingsVersion, CancellationToken cancellationToken)
    {
        if (embeddingsVersion.Length == 0 || key.Question.Length > CanonicalQuestion.MaxLength || IntentShelves.DirectionOf(vector.Values) is not { } direction) return;
        await shelves.AddAsync(address.IntentsOf(embeddingsVersion), generation, key.Question, address.Entry, direction, entry.ExpiresAt, cancellationToken);
    }

    private bool Sampled(double share)
    {
        lock (_gate) return random.NextDouble() < share;
    }

    private static IntentHit? Ended(System.Diagnostics.Activity? span, string outcome, GateVerdict verdict = GateVerdict.Same)
    {
        CacheTelemetry.RecordIntent(span, outcome, verdict);
        return null;
    }
}

/// <summary>An answer found by intent.</summary>
/// <param name="Entry">The answer.</param>
/// <param name="Similarity">The cosine similarity of the two questions.</param>
/// <param name="Sample">Whether it is to be compared with a fresh answer.</param>
internal sealed record IntentHit(CacheEntry Entry, double Similarity, bool Sample);
