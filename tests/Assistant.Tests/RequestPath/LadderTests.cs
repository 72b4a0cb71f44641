using Grpc.Core;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.RequestPath;

/// <summary>Each rung of the ladder, with peers that fail at once; <see cref="LateTests"/> has those that hang.</summary>
public sealed class LadderTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.Unauthenticated)]
    public async Task A_hybrid_search_that_fails_becomes_a_keyword_search(StatusCode status)
    {
        Peers.Retrieval.OnSearch = (request, _) => request.Mode == SearchMode.Hybrid ? throw Failing.With(status) : Task.FromResult(FakeRetrieval.Found(request.Mode));

        var reply = await ChatAsync();

        Assert.Equal((200, FakeBroker.Text), (reply.Status, reply.Text));
        await NamedAsync(reply, "retrieval=keyword");
    }

    [Theory]
    [InlineData(StatusCode.DeadlineExceeded)]
    [InlineData(StatusCode.ResourceExhausted)]
    public async Task A_retrieval_that_has_too_much_to_do_is_not_asked_again(StatusCode status)
    {
        Peers.Retrieval.OnSearch = (_, _) => throw Failing.With(status);

        (await ChatAsync()).MustBeError(503, "retrieval_unavailable");

        Assert.Single(Peers.Retrieval.Searches.All);
    }

    [Theory]
    [InlineData("vectors_unavailable")]
    [InlineData("vectors_timeout")]
    [InlineData("embedder_unavailable")]
    public async Task A_search_that_degraded_by_itself_is_named_and_its_reason_traced(string reason)
    {
        using var spans = new Spans();
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(FakeRetrieval.Found(SearchMode.Keyword, degradedReason: reason));

        await NamedAsync(await ChatAsync(), "retrieval=keyword");

        Assert.Single(Peers.Retrieval.Searches.All);
        Assert.Contains(spans.Of("retrieval"), span =>
            span.GetTagItem("slipway.degraded") is "retrieval=keyword" && span.GetTagItem("slipway.degraded_reason") as string == reason);
    }

    [Fact]
    public async Task A_corpus_without_vectors_is_not_degraded()
    {
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(FakeRetrieval.Found(SearchMode.Keyword));

        Assert.Empty((await ChatAsync()).Degraded);
    }

    [Fact]
    public async Task Without_retrieval_an_answer_given_before_is_given_again()
    {
        Host.Learn(Tenant, "c1");
        var before = await ChatAsync(Question, (SlipwayHeaders.RequestId, "before"));
        await Peers.Cache.Stores.FirstAsync(store => store.Key.Tier == CacheTier.Output && store.Key.Scope.Tenant == Tenant);
        Host.Learn(Tenant, "c9");
        Peers.Retrieval.OnSearch = (_, _) => throw Failing.With(StatusCode.Unavailable);

        var reply = await ChatAsync();

        Assert.Equal((200, before.Text, "output"), (reply.Status, reply.Text, reply.Header("x-slipway-cache")));
        await NamedAsync(reply, "retrieval=cached");
        Assert.Equal(before.Slipway["confidence"]!.GetValue<double>() * 0.8, reply.Slipway["confidence"]!.GetValue<double>(), 3);
        Assert.Equal([SearchMode.Hybrid, SearchMode.Keyword], Peers.Retrieval.Searches.Requests.Select(search => search.Mode).Distinct());
        Assert.True(Peers.Cache.Lookups.Requests.Last().AcceptStale);
    }

    [Fact]
    public async Task Without_retrieval_a_stream_gives_the_answer_given_before()
    {
        Host.Learn(Tenant, "c1");
        await ChatAsync(Question, (SlipwayHeaders.RequestId, "before"));
        await Peers.Cache.Stores.FirstAsync(store => store.Key.Tier == CacheTier.Output && store.Key.Scope.Tenant == Tenant);
        Host.Learn(Tenant, "c9");
        Peers.Retrieval.OnSearch = (_, _) => throw Failing.With(StatusCode.Unavailable);

        var reply = await StreamAsync();

        Assert.Equal((FakeBroker.Text, "retrieval=cached"), (reply.StreamedText, reply.Header("x-slipway-degraded")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_retrieval_and_without_an_earlier_answer_there_is_a_clean_503(bool stream)
    {
        Peers.Retrieval.OnSearch = (_, _) => throw Failing.With(StatusCode.Unavailable);

        var reply = await PostAsync("/v1/chat/completions", Chat(stream: stream));

        reply.MustBeError(503, "retrieval_unavailable");
        Assert.Equal("2", reply.Header("Retry-After"));
        Assert.Equal((503, "retrieval_unavailable"), ((await RecordAsync()).Status, (await RecordAsync()).ErrorCode));
        await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Output && abandon.Key.Scope.Tenant == Tenant);
    }

    [Fact]
    public async Task Without_retrieval_no_store_does_not_look_for_an_earlier_answer()
    {
        Peers.Retrieval.OnSearch = (_, _) => throw Failing.With(StatusCode.Unavailable);

        (await ChatAsync(Question, ("Cache-Control", "no-store"))).MustBeError(503, "retrieval_unavailable");

        Assert.Empty(Peers.Cache.Lookups.All);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_prompts_the_answer_is_quoted_from_the_passages(bool stream)
    {
        Peers.Prompts.OnRender = (_, _) => throw Failing.With(StatusCode.Unavailable);

        var reply = await PostAsync("/v1/chat/completions", Chat(stream: stream));

        Assert.Equal(200, reply.Status);
        var text = stream ? reply.StreamedText : reply.Text;
        Assert.Contains("A release is rolled back with the rollback command", text, StringComparison.Ordinal);
        Assert.Contains("[1]", text, StringComparison.Ordinal);
        await NamedAsync(reply, "prompt=bypassed", "model=extractive");
        Assert.Empty(Peers.Broker.Completes.All);
        Assert.Empty(Peers.Broker.Streams.All);
        Assert.Equal(("extractive", 0.0), ((await RecordAsync()).Model, (await RecordAsync()).CostUsd));
    }

    [Fact]
    public async Task A_prompt_that_the_release_names_wrongly_is_no_fault_of_the_caller()
    {
        Peers.Prompts.OnRender = (_, _) => throw ServiceError.NotFound("prompt_not_found", "There is no prompt.").ToException();

        await NamedAsync(await ChatAsync(), "prompt=bypassed", "model=extractive");
    }

    [Fact]
    public async Task A_question_too_long_to_be_counted_in_time_is_refused_not_quoted_to()
    {
        Peers.Prompts.OnRender = (_, _) => throw Failing.With(StatusCode.DeadlineExceeded);

        (await ChatAsync(new string('x', 40_000))).MustBeError(400, "context_length_exceeded", "messages");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_the_broker_the_answer_is_quoted_in_process(bool stream)
    {
        Peers.Broker.OnComplete = (_, _) => throw Failing.With(StatusCode.Unavailable);
        Peers.Broker.OnStream = (_, _, _) => throw Failing.With(StatusCode.Unavailable);

        var reply = await PostAsync("/v1/chat/completions", Chat(stream: stream));

        Assert.Equal(200, reply.Status);
        Assert.Contains("[1]", stream ? reply.StreamedText : reply.Text, StringComparison.Ordinal);
        await NamedAsync(reply, "model=extractive");
        var asked = stream ? Peers.Broker.Streams.Requests : Peers.Broker.Completes.Requests;
        Assert.Equal(["first", "second", "extractive"], asked.Select(request => (string[])[request.Model, .. request.Fallbacks]).Single());
        if (stream) Assert.True((await RecordAsync()).FirstTokenMs > 0);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, "upstream_unavailable", false)]
    [InlineData(StatusCode.DeadlineExceeded, "upstream_timeout", true)]
    [InlineData(StatusCode.ResourceExhausted, "rate_limit_exceeded", false)]
    [InlineData(StatusCode.FailedPrecondition, "upstream_auth", true)]
    [InlineData(StatusCode.NotFound, "model_not_found", false)]
    [InlineData(StatusCode.PermissionDenied, "upstream_auth", true)]
    public async Task A_model_that_fails_is_followed_by_the_next(StatusCode status, string code, bool stream)
    {
        var error = new ServiceError(status, code, "The provider failed.");
        Peers.Broker.OnComplete = (request, _) => request.Model == "first" ? throw error.ToException() : Task.FromResult(FakeBroker.Completed(request));
        Peers.Broker.OnStream = (request, events, context) => request.Model == "first" ? throw error.ToException() : FakeBroker.WriteAsync(request, events, context, FakeBroker.Text);

        var reply = await PostAsync("/v1/chat/completions", Chat(stream: stream));

        Assert.Equal(FakeBroker.Text, stream ? reply.StreamedText : reply.Text);
        await NamedAsync(reply, "model=second");
        Assert.Equal("second", (await RecordAsync()).Model);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_the_model_that_answered_is_named(bool stream)
    {
        Peers.Broker.OnComplete = (request, _) => request.Model != "extractive" ? throw Failing.With(StatusCode.Internal) : Task.FromResult(FakeBroker.Completed(request));
        Peers.Broker.OnStream = (request, events, context) =>
            request.Model != "extractive" ? throw Failing.With(StatusCode.Internal) : FakeBroker.WriteAsync(request, events, context, FakeBroker.Text);

        await NamedAsync(await PostAsync("/v1/chat/completions", Chat(stream: stream)), "model=extractive");
    }

    [Theory]
    [InlineData("context_length_exceeded")]
    [InlineData("content_filter")]
    public async Task A_request_that_a_model_refuses_is_not_taken_to_the_next(string code)
    {
        Peers.Broker.OnComplete = (_, _) => throw ServiceError.Invalid("messages", "Refused.", code).ToException();

        (await ChatAsync()).MustBeError(400, code, "messages");

        Assert.Single(Peers.Broker.Completes.All);
    }

    [Fact]
    public async Task A_prompt_longer_than_the_window_is_a_400_that_names_the_field()
    {
        Peers.Prompts.OnRender = (_, _) => throw ServiceError.Invalid("messages", "The question is longer than the context window of 4096 tokens.", "context_length_exceeded").ToException();

        (await ChatAsync()).MustBeError(400, "context_length_exceeded", "messages");

        Assert.Equal((400, "context_length_exceeded"), ((await RecordAsync()).Status, (await RecordAsync()).ErrorCode));
    }

    [Fact]
    public async Task A_release_whose_first_model_quotes_is_not_degraded_by_quoting()
    {
        Peers.Broker.OnComplete = (_, _) => throw Failing.With(StatusCode.Unavailable);
        Peers.Prompts.OnRender = (_, _) => throw Failing.With(StatusCode.Unavailable);

        await NamedAsync(await ChatAsync(Question, (SlipwayHeaders.Release, "quoting")), "prompt=bypassed");
    }

    [Fact]
    public async Task A_release_whose_models_the_catalog_lacks_is_answered_with_quotes()
    {
        await NamedAsync(await ChatAsync(Question, (SlipwayHeaders.Release, "modelless")), "model=extractive");
    }

    [Fact]
    public async Task Several_degradations_are_all_named()
    {
        Peers.Cache.OnLookup = (_, _) => throw Failing.With(StatusCode.Unavailable);
        Peers.Retrieval.OnSearch = (request, _) => request.Mode == SearchMode.Hybrid ? throw Failing.With(StatusCode.Internal) : Task.FromResult(FakeRetrieval.Found(request.Mode));
        Peers.Broker.OnComplete = (request, _) => request.Model == "first" ? throw Failing.With(StatusCode.Internal) : Task.FromResult(FakeBroker.Completed(request));

        await NamedAsync(await ChatAsync(), "cache=bypassed", "retrieval=keyword", "model=second");
    }

    [Fact]
    public async Task Degraded_stages_lower_the_confidence_and_a_bypassed_cache_does_not()
    {
        var whole = (await ChatAsync(Question, ("Cache-Control", "no-store"))).Slipway["confidence"]!.GetValue<double>();
        Peers.Cache.OnLookup = (_, _) => throw Failing.With(StatusCode.Unavailable);
        Assert.Equal(whole, (await ChatAsync()).Slipway["confidence"]!.GetValue<double>());
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(FakeRetrieval.Found(SearchMode.Hybrid, degradedReason: "vectors_timeout"));

        Assert.Equal(whole * 0.8, (await ChatAsync()).Slipway["confidence"]!.GetValue<double>(), 3);
    }

    [Fact]
    public async Task Control_is_not_needed_for_an_answer()
    {
        Peers.Control.Away = true;

        var reply = await ChatAsync();

        Assert.Equal((200, 0), (reply.Status, reply.Degraded.Length));
        Peers.Control.Away = false;
        Assert.Equal(200, (await RecordAsync()).Status);
    }

    /// <summary>In the header, in the body and in the record: these and no others.</summary>
    private async Task NamedAsync(Reply reply, params string[] names)
    {
        Assert.Equal(200, reply.Status);
        Assert.Equal(names, reply.Degraded);
        var slipway = reply.ContentType.StartsWith("text/event-stream", StringComparison.Ordinal) ? reply.Chunks[^1]["slipway"]! : reply.Slipway;
        Assert.Equal(names, slipway["degraded"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal(names, (await RecordAsync()).Degraded);
    }
}
