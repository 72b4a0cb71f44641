using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Control.Tests;

public sealed class CacheTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Answers_found_by_intent_are_shown_with_their_false_hit_rate()
    {
        await using var cache = await Peer.StartAsync(new FakeCache());
        await using var host = await ControlHost.StartAsync(_folder, null, cache: cache.Urls.Single());

        var json = JsonNode.Parse(await host.Admin.GetStringAsync("/admin/cache", Cancel))!["intents"]!;

        MustBe(
            """{"tenant":"acme","route":"default","mode":"exact","distrusted_at":"2027-01-15T08:00:00+00:00","samples":20,"wrong":3,"lower":0.0524,"upper":0.3604,"bound":0.01,"threshold":0.8}""",
            json[0]);
        MustBe(
            """{"tenant":"globex","route":"default","mode":"intent","distrusted_at":null,"samples":0,"wrong":0,"lower":null,"upper":null,"bound":0.01,"threshold":0.8}""", json[1]);

        static void MustBe(string expected, JsonNode? actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual?.ToJsonString());
    }

    [Fact]
    public async Task A_tenant_is_purged_and_trusted_again()
    {
        var fake = new FakeCache();
        await using var cache = await Peer.StartAsync(fake);
        await using var host = await ControlHost.StartAsync(_folder, null, cache: cache.Urls.Single());

        Assert.Equal(HttpStatusCode.NoContent, (await host.Admin.DeleteAsync("/admin/cache/acme", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await host.Admin.DeleteAsync("/admin/cache/acme/samples", Cancel)).StatusCode);

        Assert.Equal(["purge acme", "trust acme"], fake.Calls);
    }

    [Fact]
    public async Task A_purge_that_not_every_replica_knows_of_yet_says_so()
    {
        await using var cache = await Peer.StartAsync(new FakeCache { Incomplete = true });
        await using var host = await ControlHost.StartAsync(_folder, null, cache: cache.Urls.Single());

        var response = await host.Admin.DeleteAsync("/admin/cache/acme", Cancel);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("purge_incomplete", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["error"]!["code"]);
    }

    [Fact]
    public async Task A_cache_service_that_is_away_is_a_clean_503_and_only_admins_ask_it()
    {
        await using var host = await ControlHost.StartAsync(_folder, null);

        var response = await host.Admin.GetAsync("/admin/cache", Cancel);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("cache_unavailable", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["error"]!["code"]);
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client("answers").DeleteAsync("/admin/cache/acme", Cancel)).StatusCode);
    }

    private sealed class FakeCache : CacheService.CacheServiceBase
    {
        internal List<string> Calls { get; } = [];

        internal bool Incomplete { get; init; }

        public override Task<DescribeIntentsResponse> DescribeIntents(DescribeIntentsRequest request, ServerCallContext context) => Task.FromResult(new DescribeIntentsResponse
        {
            Standings =
            {
                new IntentStanding
                {
                    Tenant = "acme", Route = "default", Mode = "exact", DistrustedUnixMs = 1_800_000_000_000, Samples = 20, Wrong = 3, Lower = 0.05237, Upper = 0.36042, Bound = 0.01, Threshold = 0.8,
                },
                new IntentStanding { Tenant = "globex", Route = "default", Mode = "intent", Upper = 1, Bound = 0.01, Threshold = 0.8 },
            },
        });

        public override Task<PurgeResponse> Purge(PurgeRequest request, ServerCallContext context)
        {
            if (Incomplete) throw new ServiceError(StatusCode.Unavailable, "purge_incomplete", "Not everywhere yet.").ToException();
            Calls.Add("purge " + request.Tenant);
            return Task.FromResult(new PurgeResponse());
        }

        public override Task<TrustIntentsResponse> TrustIntents(TrustIntentsRequest request, ServerCallContext context)
        {
            Calls.Add("trust " + request.Tenant);
            return Task.FromResult(new TrustIntentsResponse());
        }
    }
}
