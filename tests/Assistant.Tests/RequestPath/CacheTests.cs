using Grpc.Core;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.RequestPath;

public sealed class CacheTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task A_second_question_is_answered_from_the_output_tier_and_asks_nobody_else()
    {
        var first = await ChatAndStoreAsync();
        ForgetCalls();

        var second = await ChatAsync();

        Assert.Equal((200, "output", first.Text), (second.Status, second.Header("x-slipway-cache"), second.Text));
        Assert.Equal("0", second.Header("x-slipway-cost-usd"));
        Assert.Equal(["flags", "cache", "record"], OpenAi.ChatCompletionTests.Timed(second));
        Assert.Equal(first.Slipway["citations"]!.ToJsonString(), second.Slipway["citations"]!.ToJsonString());
        Assert.Equal(first.Slipway["confidence"]!.ToJsonString(), second.Slipway["confidence"]!.ToJsonString());
        Assert.Equal(54, second.Json["usage"]!["total_tokens"]!.GetValue<int>());
        Assert.Single(Peers.Cache.Lookups.All);
        Assert.Empty(Peers.Retrieval.Searches.All);
        Assert.Empty(Peers.Prompts.Renders.All);
        Assert.Empty(Peers.Broker.Completes.All);
        Assert.DoesNotContain(Peers.Cache.Stores.Requests, store => store.Key.Scope.Tenant == Tenant);
    }

    [Fact]
    public async Task An_answer_from_the_cache_is_recorded_without_tokens_and_cost()
    {
        await ChatAsync(Question, (SlipwayHeaders.RequestId, "another"));
        await StoredAsync(CacheTier.Output);
        await ChatAsync();

        var record = await RecordAsync();
        Assert.Equal(("output", 0.0, "first"), (record.Cache, record.CostUsd, record.Model));
        Assert.Equal(0, record.Usage?.PromptTokens ?? 0);
        Assert.True(record.Confidence > 0);
    }

    [Fact]
    public async Task A_stream_and_a_plain_answer_share_the_cache()
    {
        await ChatAndStoreAsync();
        var reply = await StreamAsync();

        Assert.Equal((FakeBroker.Text, "output"), (reply.StreamedText, reply.Header("x-slipway-cache")));
        Assert.Single(reply.Chunks[^1]["slipway"]!["citations"]!.AsArray());
        Assert.Empty(Peers.Broker.Streams.All);
    }

    [Fact]
    public async Task A_hit_of_the_retrieval_tier_skips_retrieval_and_prompts()
    {
        await ChatAndStoreAsync();
        Peers.Cache.OnLookup = (request, _) => Task.FromResult(request.Key.Tier == CacheTier.Output ? new LookupResponse { Lease = "mine" } : Peers.Cache.Find(request));
        ForgetCalls();

        var reply = await ChatAsync();

        Assert.Equal(("retrieval", FakeBroker.Text), (reply.Header("x-slipway-cache"), reply.Text));
        Assert.Equal("doc-1", reply.Slipway["citations"]![0]!["document_id"]!.GetValue<string>());
        Assert.Empty(Peers.Retrieval.Searches.All);
        Assert.Empty(Peers.Prompts.Renders.All);
        Assert.Single(Peers.Broker.Completes.All);
        Assert.Equal("mine", (await StoredAsync(CacheTier.Output)).Lease);
        // The record of the first question may arrive after this one's calls were forgotten: it has the same id.
        var record = (await Peers.Control.Records.FirstAsync(sent => sent.RequestId == RequestId && sent.Tenant == Tenant && sent.Cache == "retrieval")).Request;
        Assert.Equal("c1", record.CorpusVersion);
    }

    [Fact]
    public async Task Keys_differ_by_whatever_changes_an_answer()
    {
        Host.Learn(Tenant, "c1");
        Host.Learn(Tenant + "b", "c1");
        Host.Learn(Tenant + "c", "c9");
        await ChatAsync();
        await ChatAsync("Another question?");
        await ChatAsync(Question, (SlipwayHeaders.Tenant, Tenant + "b"));
        await ChatAsync(Question, (SlipwayHeaders.Tenant, Tenant + "c"));
        await ChatAsync(Question, (SlipwayHeaders.Release, "r2"));
        foreach (var more in (string[])[
            "\"temperature\":0.1", "\"temperature\":0.2", "\"top_p\":0.5", "\"max_tokens\":5", "\"seed\":1", "\"stop\":\"x\"", "\"frequency_penalty\":1", "\"presence_penalty\":1",
            "\"response_format\":{\"type\":\"json_object\"}", "\"filter\":{\"lang\":\"en\"}", "\"filter\":{\"lang\":\"de\"}"])
        {
            await PostAsync("/v1/chat/completions", Chat(more: "," + more));
        }

        await PostAsync("/v1/chat/completions", $$"""{"model":"assistant","messages":[{"role":"user","content":"a"},{"role":"user","content":"{{Question}}"}]}""");
        await PostAsync("/v1/chat/completions", $$"""{"model":"assistant","messages":[{"role":"assistant","content":"a"},{"role":"user","content":"{{Question}}"}]}""");

        var keys = Peers.Cache.Lookups.Requests.Where(lookup => lookup.Key.Tier == CacheTier.Output).Select(lookup => lookup.Key).ToList();
        Assert.Equal(18, keys.Count);
        Assert.Equal(18, keys.Distinct().Count());
        var plain = keys[0];
        Assert.Equal((Tenant, "r1", "c1", "answer/7", "first"), (plain.Scope.Tenant, plain.Scope.Release, plain.Scope.CorpusVersion, plain.Scope.PromptVersion, plain.Scope.Model));
        Assert.Equal((Question, ""), (plain.Question, plain.Context));
    }

    [Fact]
    public async Task A_collections_answers_are_cached_under_its_own_corpus_version_and_never_met_by_another()
    {
        Host.Learn(Tenant, "c1");
        // Two collections change independently of each other, so that their versions can be the same.
        Host.Get<Slipway.Assistant.Configuration.Corpora>().Accept(new CorpusState { Tenant = Tenant, Collection = "faq", CorpusVersion = "c1" });
        await PostAsync("/v1/answers", $$"""{"question":"{{Question}}"}""");
        await PostAsync("/v1/answers", $$"""{"question":"{{Question}}","collection":"default"}""");
        await PostAsync("/v1/answers", $$"""{"question":"{{Question}}","collection":"faq"}""");

        Assert.Equal(["", "faq"], Peers.Retrieval.Searches.Requests.Select(search => search.Collection).Distinct());
        var keys = Peers.Cache.Lookups.Requests.Where(lookup => lookup.Key.Tier == CacheTier.Output).Select(lookup => lookup.Key).ToList();
        Assert.Equal(["c1", "c1", "c1"], keys.Select(key => key.Scope.CorpusVersion));
        Assert.Equal(keys[0], keys[1]);
        Assert.NotEqual(keys[0], keys[2]);
    }

    [Fact]
    public async Task Keys_do_not_differ_by_what_changes_no_answer()
    {
        Host.Learn(Tenant, "c1");
        await ChatAsync();
        await PostAsync("/v1/chat/completions", Chat(stream: true, more: ",\"user\":\"somebody\",\"stream_options\":{\"include_usage\":true}"));
        await PostAsync("/v1/answers", $$"""{"question":"{{Question}}"}""");

        Assert.Single(Peers.Cache.Lookups.Requests.Where(lookup => lookup.Key.Tier == CacheTier.Output).Select(lookup => lookup.Key).Distinct());
    }

    [Fact]
    public async Task The_leases_are_used_for_storing()
    {
        Host.Learn(Tenant, "c1");
        Peers.Cache.OnLookup = (request, _) => Task.FromResult(new LookupResponse { Lease = "lease-of-" + request.Key.Tier });

        await ChatAsync();

        Assert.Equal("lease-of-Output", (await StoredAsync(CacheTier.Output)).Lease);
        Assert.Equal("lease-of-Retrieval", (await StoredAsync(CacheTier.Retrieval)).Lease);
        Assert.DoesNotContain(Peers.Cache.Abandons.Requests, abandon => abandon.Key.Scope.Tenant == Tenant);
    }

    [Fact]
    public async Task A_lease_for_an_older_corpus_goes_back_and_the_answer_is_stored_for_the_newer()
    {
        Host.Learn(Tenant, "c0");
        await ChatAsync();

        Assert.Equal(("c1", ""), ((await StoredAsync(CacheTier.Output)).Key.Scope.CorpusVersion, (await StoredAsync(CacheTier.Output)).Lease));
        Assert.Equal("c0", (await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Output && abandon.Key.Scope.Tenant == Tenant)).Request.Key.Scope.CorpusVersion);
        Assert.Equal("c0", (await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Retrieval && abandon.Key.Scope.Tenant == Tenant)).Request.Key.Scope.CorpusVersion);
    }

    [Fact]
    public async Task A_request_that_fails_gives_its_leases_back()
    {
        Host.Learn(Tenant, "c1");
        Peers.Retrieval.OnSearch = (_, _) => throw ServiceError.Invalid("query", "Refused.").ToException();

        Assert.Equal(400, (await ChatAsync()).Status);

        Assert.StartsWith("lease-", (await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Output && abandon.Key.Scope.Tenant == Tenant)).Request.Lease, StringComparison.Ordinal);
        Assert.StartsWith("lease-", (await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Retrieval && abandon.Key.Scope.Tenant == Tenant)).Request.Lease, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_cache_makes_a_fresh_answer_and_stores_it()
    {
        Host.Learn(Tenant, "c1");
        await ChatAsync(Question, ("Cache-Control", "no-cache"));

        Assert.Empty(Peers.Cache.Lookups.All);
        await StoredAsync(CacheTier.Output);
        ForgetCalls();
        Assert.Equal("miss", (await ChatAsync(Question, ("Cache-Control", "no-cache"))).Header("x-slipway-cache"));
        Assert.Single(Peers.Broker.Completes.All);
    }

    [Fact]
    public async Task No_store_neither_looks_nor_stores()
    {
        Host.Learn(Tenant, "c1");
        await ChatAsync(Question, ("Cache-Control", "no-store"));
        // The answer after it is stored, and its record comes last: had the first one stored anything, it would be here by then.
        await ChatAsync("Another question?", (SlipwayHeaders.RequestId, "after"));
        await StoredAsync(CacheTier.Output);

        Assert.All(Peers.Cache.Stores.Requests.Where(store => store.Key.Scope.Tenant == Tenant).Concat<object>(Peers.Cache.Lookups.Requests), call => Assert.DoesNotContain(Question, call.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_was_cut_off_is_not_stored()
    {
        Host.Learn(Tenant, "c1");
        Peers.Broker.OnComplete = (request, _) =>
        {
            var reply = FakeBroker.Completed(request);
            reply.FinishReason = "length";
            return Task.FromResult(reply);
        };

        Assert.Equal("length", (await ChatAsync()).Json["choices"]![0]!["finish_reason"]!.GetValue<string>());

        await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Output && abandon.Key.Scope.Tenant == Tenant);
        Assert.DoesNotContain(Peers.Cache.Stores.Requests, store => store.Key.Tier == CacheTier.Output && store.Key.Scope.Tenant == Tenant);
    }

    [Fact]
    public async Task A_degraded_answer_is_not_stored()
    {
        Host.Learn(Tenant, "c1");
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(FakeRetrieval.Found(SearchMode.Keyword, degradedReason: "vectors_unavailable"));

        Assert.Equal(["retrieval=keyword"], (await ChatAsync()).Degraded);

        await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Output && abandon.Key.Scope.Tenant == Tenant);
        await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Retrieval && abandon.Key.Scope.Tenant == Tenant);
        Assert.DoesNotContain(Peers.Cache.Stores.Requests, store => store.Key.Scope.Tenant == Tenant);
    }

    [Fact]
    public async Task A_request_without_the_lease_waits_for_the_one_that_has_it()
    {
        Host.Learn(Tenant, "c1");
        await ChatAndStoreAsync();
        ForgetCalls();
        Peers.Cache.OnLookup = (request, _) => Task.FromResult(request.MaxWaitMs == 0 ? new LookupResponse() : Peers.Cache.Find(request));

        var reply = await ChatAsync();

        Assert.Equal("output", reply.Header("x-slipway-cache"));
        var lookups = Peers.Cache.Lookups.All;
        Assert.Equal(2, lookups.Count);
        // Half of the 130 s that the test's budget leaves.
        Assert.InRange(lookups[1].Request.MaxWaitMs, 50_000, 65_000);
        Assert.True(lookups[1].Allowed > TimeSpan.FromMilliseconds(lookups[1].Request.MaxWaitMs));
        Assert.Empty(Peers.Broker.Completes.All);
    }

    [Fact]
    public async Task A_request_that_waited_in_vain_takes_the_lease_over()
    {
        Host.Learn(Tenant, "c1");
        Peers.Cache.OnLookup = (request, _) => Task.FromResult(new LookupResponse { Lease = request.MaxWaitMs == 0 && request.Key.Tier == CacheTier.Output ? "" : "inherited" });

        Assert.Equal("miss", (await ChatAsync()).Header("x-slipway-cache"));

        Assert.Equal("inherited", (await StoredAsync(CacheTier.Output)).Lease);
    }

    [Fact]
    public async Task The_version_that_a_search_tells_is_in_the_next_key()
    {
        Host.Learn(Tenant, "db-4");
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(FakeRetrieval.Found(corpusVersion: "db-5"));
        await ChatAsync();

        await ChatAsync("Another question?");

        Assert.Equal(["db-4", "db-4", "db-5", "db-5"], Peers.Cache.Lookups.Requests.Select(lookup => lookup.Key.Scope.CorpusVersion));
    }

    [Fact]
    public async Task The_version_that_an_upload_and_a_deletion_tell_is_in_the_next_key()
    {
        Host.Learn(Tenant, "c1");
        Assert.Equal(200, (await PostAsync("/v1/documents", "{\"id\":\"a\",\"text\":\"b\"}")).Status);
        Peers.Retrieval.OnSearch = (request, _) => Task.FromResult(FakeRetrieval.Found(request.Mode, "c2"));
        await ChatAsync();
        Assert.Equal("c2", Peers.Cache.Lookups.Requests.First().Key.Scope.CorpusVersion);

        Assert.Equal(204, (await SendAsync(HttpMethod.Delete, "/v1/documents/a")).Status);
        await ChatAsync();

        Assert.Equal("c3", Peers.Cache.Lookups.Requests.Last().Key.Scope.CorpusVersion);
    }

    [Fact]
    public async Task The_version_that_the_watch_tells_is_in_the_next_key()
    {
        Peers.Retrieval.Publish(Tenant, "watched-3");
        await Eventually.TrueAsync(() => Host.Get<Slipway.Assistant.Configuration.Corpora>().VersionOf(Tenant, "") == "watched-3");

        await ChatAsync();

        Assert.Equal("watched-3", Peers.Cache.Lookups.Requests.First().Key.Scope.CorpusVersion);
    }

    [Fact]
    public async Task A_value_that_cannot_be_read_is_a_miss()
    {
        Host.Learn(Tenant, "c1");
        Peers.Cache.OnLookup = (_, _) => Task.FromResult(new LookupResponse { Hit = true, Value = Google.Protobuf.ByteString.CopyFromUtf8("\u0007garbage") });

        var reply = await ChatAsync();

        Assert.Equal((200, "miss", FakeBroker.Text), (reply.Status, reply.Header("x-slipway-cache"), reply.Text));
        Assert.Single(Peers.Retrieval.Searches.All);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.DeadlineExceeded)]
    [InlineData(StatusCode.Internal)]
    public async Task A_cache_that_is_away_is_asked_once_and_costs_a_miss(StatusCode status)
    {
        Host.Learn(Tenant, "c1");
        Peers.Cache.OnLookup = (_, _) => throw Failing.With(status);

        var reply = await ChatAsync();

        Assert.Equal((200, FakeBroker.Text, "miss"), (reply.Status, reply.Text, reply.Header("x-slipway-cache")));
        Assert.Equal(["cache=bypassed"], reply.Degraded);
        Assert.Equal("cache=bypassed", reply.Slipway["degraded"]!.AsArray().Single()!.GetValue<string>());
        Assert.Single(Peers.Cache.Lookups.All);
        Assert.Equal(["cache=bypassed"], (await RecordAsync()).Degraded);
    }

    [Fact]
    public async Task A_cache_that_does_not_take_values_holds_no_answer_up()
    {
        Host.Learn(Tenant, "c1");
        Peers.Cache.OnStore = (_, context) => Failing.Never<StoreResponse>(context);

        Assert.Equal(200, (await ChatAsync()).Status);
    }

    [Fact]
    public async Task Two_hundred_cached_questions_at_once_are_all_answered()
    {
        await ChatAndStoreAsync();
        ForgetCalls();

        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => ChatAsync()));

        Assert.All(replies, reply => Assert.Equal((200, "output", FakeBroker.Text), (reply.Status, reply.Header("x-slipway-cache"), reply.Text)));
        Assert.Empty(Peers.Broker.Completes.All);
    }

    private void ForgetCalls()
    {
        Peers.Cache.Lookups.Clear();
        Peers.Cache.Stores.Clear();
        Peers.Retrieval.Searches.Clear();
        Peers.Prompts.Renders.Clear();
        Peers.Broker.Completes.Clear();
    }
}
