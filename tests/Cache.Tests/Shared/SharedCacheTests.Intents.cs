using Google.Protobuf;
using Grpc.Core;
using Slipway.Cache.Tests.Intents;
using Slipway.Cache.Tests.Support;
using Slipway.Contracts;

namespace Slipway.Cache.Tests.Shared;

public abstract partial class SharedCacheTests
{
    private const string Known = "How do I roll back a release?";
    private const string Asked = "Could you tell me how I can roll back the release, please?";

    private static readonly float[] Near = [0.9f, 0.1f];

    [Fact]
    public async Task A_paraphrase_gets_the_answer_that_another_replica_stored()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        // Before, so that the other replica has to read what is new.
        Assert.False((await IntentAsync(other, Calls.Key(_tenant, Asked))).Hit);

        await StoreAsync(one, Calls.Key(_tenant, Known), "answer");

        Assert.Equal("answer", (await IntentAsync(one, Calls.Key(_tenant, Asked))).Value.ToStringUtf8());
        await Eventually.IsTrue(async () => (await IntentAsync(other, Calls.Key(_tenant, Asked))).Hit, TimeSpan.FromSeconds(30));
        Assert.InRange((await IntentAsync(other, Calls.Key(_tenant, Asked))).Similarity, 0.99, 1.001);
    }

    [Fact]
    public async Task A_replica_that_starts_later_knows_every_intent()
    {
        await using var one = await ReplicaAsync();
        for (var n = 0; n < 40; n++) await StoreAsync(one, Calls.Key(_tenant, $"what is thing {n}"), $"answer {n}");

        await using var other = await ReplicaAsync();
        Assert.Equal("answer 0", (await IntentAsync(other, Calls.Key(_tenant, "Hello, what is thing 0"))).Value.ToStringUtf8());
        Assert.Equal("answer 39", (await IntentAsync(other, Calls.Key(_tenant, "Hello, what is thing 39"))).Value.ToStringUtf8());
    }

    [Fact]
    public async Task No_dangerous_pair_is_served_however_near_its_vectors_are()
    {
        await using var replica = await ReplicaAsync();
        foreach (var pair in IntentPair.Dangerous) await StoreAsync(replica, Calls.Key(_tenant, pair.Known), pair.Known);

        foreach (var pair in IntentPair.Dangerous)
        {
            var reply = await IntentAsync(replica, Calls.Key(_tenant, pair.Asked));
            Assert.NotEqual(pair.Known, reply.Value.ToStringUtf8());
        }
    }

    [Fact]
    public async Task Intents_of_another_scope_context_or_embedding_never_answer()
    {
        await using var replica = await ReplicaAsync();
        await StoreAsync(replica, Calls.Key(_tenant, Known), "answer");

        Assert.False((await IntentAsync(replica, Calls.Key(Calls.NewTenant(), Asked))).Hit);
        Assert.False((await IntentAsync(replica, Calls.Key(_tenant, Asked, release: "x"))).Hit);
        Assert.False((await IntentAsync(replica, Calls.Key(_tenant, Asked, corpus: "x"))).Hit);
        Assert.False((await IntentAsync(replica, Calls.Key(_tenant, Asked, prompt: "x"))).Hit);
        Assert.False((await IntentAsync(replica, Calls.Key(_tenant, Asked, model: "x"))).Hit);
        Assert.False((await IntentAsync(replica, Calls.Key(_tenant, Asked, context: "x"))).Hit);
        Assert.False((await IntentAsync(replica, Calls.Key(_tenant, Asked), version: "e2")).Hit);
        Assert.False((await IntentAsync(replica, Calls.Key(_tenant, Asked), vector: [0.1f, 0.9f])).Hit);
        Assert.True((await IntentAsync(replica, Calls.Key(_tenant, Asked))).Hit);
    }

    [Fact]
    public async Task A_purge_forgets_intents_too()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        await StoreAsync(one, Calls.Key(_tenant, Known), "answer");
        await Eventually.IsTrue(async () => (await IntentAsync(other, Calls.Key(_tenant, Asked))).Hit, TimeSpan.FromSeconds(30));

        await one.PurgeAsync(_tenant);

        Assert.False((await IntentAsync(one, Calls.Key(_tenant, Asked))).Hit);
        await Eventually.IsTrue(async () => !(await IntentAsync(other, Calls.Key(_tenant, Asked))).Hit, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Too_many_wrong_samples_bring_every_replica_back_to_exact_keys_until_it_is_trusted_again()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        await StoreAsync(one, Calls.Key(_tenant, Known), "answer");
        for (var n = 0; n < 17; n++) await ReportAsync(one, agrees: true);
        await ReportAsync(one, agrees: false);
        await ReportAsync(other, agrees: false);
        Assert.True((await IntentAsync(one, Calls.Key(_tenant, Asked))).Hit);
        var standing = Assert.Single((await one.Client.DescribeIntentsAsync(new DescribeIntentsRequest { Tenant = _tenant }, cancellationToken: Token)).Standings);
        Assert.Equal(("intent", 19, 2), (standing.Mode, standing.Samples, standing.Wrong));

        await ReportAsync(other, agrees: false);

        await Eventually.IsTrue(async () => !(await IntentAsync(one, Calls.Key(_tenant, Asked))).Hit && !(await IntentAsync(other, Calls.Key(_tenant, Asked))).Hit, TimeSpan.FromSeconds(30));
        Assert.True((await one.LookupAsync(Calls.Key(_tenant, Known))).Hit);
        standing = Assert.Single((await one.Client.DescribeIntentsAsync(new DescribeIntentsRequest { Tenant = _tenant }, cancellationToken: Token)).Standings);
        Assert.Equal(("exact", 20, 3), (standing.Mode, standing.Samples, standing.Wrong));
        Assert.True(standing.Lower > standing.Bound && standing.DistrustedUnixMs > 0);

        await one.Client.TrustIntentsAsync(new TrustIntentsRequest { Tenant = _tenant }, cancellationToken: Token);

        Assert.True((await IntentAsync(one, Calls.Key(_tenant, Asked))).Hit);
        await Eventually.IsTrue(async () => (await IntentAsync(other, Calls.Key(_tenant, Asked))).Hit, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_miss_gives_the_answer_of_an_earlier_corpus_version_to_who_asks_for_it()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        await one.StoreAsync(Calls.Key(_tenant, corpus: "c1"), "answer");

        Assert.Equal("answer", (await EarlierAsync(other, Calls.Key(_tenant, corpus: "c2"))).Earlier.ToStringUtf8());
        Assert.NotEmpty((await EarlierAsync(one, Calls.Key(_tenant, corpus: "c3"))).Lease);
        Assert.True((await EarlierAsync(one, Calls.Key(_tenant, corpus: "c4", release: "x"))).Earlier.IsEmpty);
        Assert.True((await EarlierAsync(one, Calls.Key(_tenant, corpus: "c4", prompt: "x"))).Earlier.IsEmpty);
        Assert.True((await EarlierAsync(one, Calls.Key(_tenant, corpus: "c4", model: "x"))).Earlier.IsEmpty);
        Assert.True((await EarlierAsync(one, Calls.Key(_tenant, corpus: "c4", context: "x"))).Earlier.IsEmpty);
        Assert.True((await EarlierAsync(one, Calls.Key(Calls.NewTenant(), corpus: "c4"))).Earlier.IsEmpty);
        Assert.True((await one.LookupAsync(Calls.Key(_tenant, corpus: "c5"))).Earlier.IsEmpty);
    }

    [Fact]
    public async Task A_lookup_by_intent_needs_a_vector_and_the_output_tier()
    {
        await using var replica = await ReplicaAsync();
        await AssertInvalidAsync(new LookupIntentRequest { Key = Calls.Key(_tenant) }, "vector");
        await AssertInvalidAsync(new LookupIntentRequest { Key = Calls.Key(_tenant, tier: CacheTier.Retrieval), Vector = VectorOf(Near) }, "key.tier");

        async Task AssertInvalidAsync(LookupIntentRequest request, string field)
        {
            var error = await Assert.ThrowsAsync<RpcException>(async () => await replica.Client.LookupIntentAsync(request, cancellationToken: Token));
            Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
            Assert.Equal(field, ServiceError.From(error)?.Param);
        }
    }

    [Fact]
    public async Task The_most_frequent_questions_of_all_replicas_are_told_and_a_purge_forgets_them()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        for (var n = 0; n < 3; n++) await one.LookupAsync(Calls.Key(_tenant, "Often?"));
        await other.LookupAsync(Calls.Key(_tenant, "often"));
        for (var n = 0; n < 2; n++) await other.LookupAsync(Calls.Key(_tenant, "Seldom?"));
        await one.LookupAsync(Calls.Key(_tenant, "With turns?", context: "x"));
        await one.LookupAsync(Calls.Key(_tenant, "Passages?", tier: CacheTier.Retrieval));
        await one.Client.LookupAsync(new LookupRequest { Key = Calls.Key(_tenant, "Nobody asked?"), Background = true }, cancellationToken: Token);
        await one.LookupAsync(Calls.Key(Calls.NewTenant(), "Another tenant?"));

        await Eventually.IsTrue(async () => (await FrequentAsync(one)) is ["often", "seldom"] && (await FrequentAsync(other)) is ["often", "seldom"], TimeSpan.FromSeconds(30));
        Assert.Equal(["often"], await FrequentAsync(one, limit: 1));

        await one.PurgeAsync(_tenant);
        await Eventually.IsTrue(async () => (await FrequentAsync(one)).Count == 0 && (await FrequentAsync(other)).Count == 0, TimeSpan.FromSeconds(30));
    }

    private async Task<IReadOnlyList<string>> FrequentAsync(CacheReplica replica, int limit = 10) =>
        (await replica.Client.ListFrequentAsync(new ListFrequentRequest { Tenant = _tenant, Limit = limit }, cancellationToken: Token)).Questions;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Vector VectorOf(float[] values)
    {
        var vector = new Vector();
        vector.Values.AddRange(values);
        return vector;
    }

    private static async Task StoreAsync(CacheReplica replica, CacheKey key, string value) => Assert.True((await replica.Client.StoreAsync(
        new StoreRequest { Key = key, Value = ByteString.CopyFromUtf8(value), Vector = VectorOf(Near), EmbeddingsVersion = "e1" }, cancellationToken: Token)).Stored);

    private static async Task<LookupIntentResponse> IntentAsync(CacheReplica replica, CacheKey key, string version = "e1", float[]? vector = null) => await replica.Client.LookupIntentAsync(
        new LookupIntentRequest { Key = key, Vector = VectorOf(vector ?? Near), EmbeddingsVersion = version, Route = "answers" }, cancellationToken: Token);

    private static async Task<LookupResponse> EarlierAsync(CacheReplica replica, CacheKey key) => await replica.Client.LookupAsync(new LookupRequest { Key = key, OrEarlier = true }, cancellationToken: Token);

    private async Task ReportAsync(CacheReplica replica, bool agrees) =>
        await replica.Client.ReportIntentAsync(new ReportIntentRequest { Tenant = _tenant, Route = "answers", Agrees = agrees }, cancellationToken: Token);
}
