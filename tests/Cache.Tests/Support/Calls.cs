using Google.Protobuf;
using Slipway.Contracts;

namespace Slipway.Cache.Tests.Support;

internal static class Calls
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A tenant that no other test uses: the engines are shared by the tests of a class.</summary>
    internal static string NewTenant() => "tenant-" + Guid.NewGuid().ToString("N");

    internal static CacheKey Key(
        string tenant, string question = "how do i roll back a release", CacheTier tier = CacheTier.Output, string release = "r1", string corpus = "c1", string prompt = "p1", string model = "m1",
        string context = "") => new()
        {
            Tier = tier,
            Scope = new CacheScope { Tenant = tenant, Release = release, CorpusVersion = corpus, PromptVersion = prompt, Model = model },
            Question = question,
            Context = context,
        };

    internal static async Task<LookupResponse> LookupAsync(this CacheReplica replica, CacheKey key, int maxWaitMs = 0, bool acceptStale = false) =>
        await replica.Client.LookupAsync(new LookupRequest { Key = key, MaxWaitMs = maxWaitMs, AcceptStale = acceptStale }, cancellationToken: Token);

    internal static async Task<bool> StoreAsync(this CacheReplica replica, CacheKey key, string value, string lease = "") =>
        (await replica.Client.StoreAsync(new StoreRequest { Key = key, Value = ByteString.CopyFromUtf8(value), Lease = lease }, cancellationToken: Token)).Stored;

    internal static async Task AbandonAsync(this CacheReplica replica, CacheKey key, string lease) =>
        await replica.Client.AbandonAsync(new AbandonRequest { Key = key, Lease = lease }, cancellationToken: Token);

    internal static async Task PurgeAsync(this CacheReplica replica, string tenant) =>
        await replica.Client.PurgeAsync(new PurgeRequest { Tenant = tenant }, cancellationToken: Token);
}
