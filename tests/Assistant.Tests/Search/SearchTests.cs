using Grpc.Core;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Search;

public sealed class SearchTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    private const string Path = "/v1/search";

    [Fact]
    public async Task Passages_come_as_retrieval_gives_them_and_the_request_is_recorded()
    {
        var reply = await PostAsync(Path, """{"query":"How is a release rolled back?","limit":3,"mode":"vector"}""");

        Assert.Equal(200, reply.Status);
        Assert.Equal(
            """{"document_id":"doc-1","chunk_id":"doc-1#0","title":"Document 1","heading":"Heading 1","text":"A release is rolled back with the rollback command. It takes a moment.","start":10,"end":80,"score":1,"keyword_score":4,"vector_score":0.8,"metadata":{}}""",
            reply.Json["passages"]![0]!.ToJsonString());
        Assert.Equal(("vector", "", "c1"), ((string?)reply.Json["mode"], (string?)reply.Json["degraded_reason"], (string?)reply.Json["corpus_version"]));
        var asked = Peers.Retrieval.Searches.Requests.Single();
        Assert.Equal((Tenant, "How is a release rolled back?", 3, SearchMode.Vector), (asked.Tenant, asked.Query, asked.Limit, asked.Mode));
        var record = await RecordAsync();
        Assert.Equal(("search", 200, "c1"), (record.Route, record.Status, record.CorpusVersion));
    }

    [Theory]
    [InlineData("hybrid", SearchMode.Hybrid)]
    [InlineData("keyword", SearchMode.Keyword)]
    [InlineData("exact", SearchMode.Exact)]
    public async Task The_mode_is_the_callers(string mode, SearchMode asked)
    {
        await PostAsync(Path, $$"""{"query":"a","mode":"{{mode}}"}""");

        Assert.Equal(asked, Peers.Retrieval.Searches.Requests.Single().Mode);
    }

    [Fact]
    public async Task A_degraded_search_says_so()
    {
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(FakeRetrieval.Found(SearchMode.Keyword, degradedReason: "recall_below_objective"));

        var reply = await PostAsync(Path, """{"query":"a"}""");

        Assert.Equal(("keyword", "recall_below_objective"), ((string?)reply.Json["mode"], (string?)reply.Json["degraded_reason"]));
        Assert.Equal("retrieval=keyword", reply.Header("x-slipway-degraded"));
    }

    [Theory]
    [InlineData("{}", "missing_required_parameter", "query")]
    [InlineData("{\"query\":7}", "invalid_type", "query")]
    [InlineData("{\"query\":\" \"}", "invalid_value", "query")]
    [InlineData("{\"query\":\"a\",\"limit\":0}", "invalid_value", "limit")]
    [InlineData("{\"query\":\"a\",\"limit\":101}", "invalid_value", "limit")]
    [InlineData("{\"query\":\"a\",\"mode\":\"fuzzy\"}", "invalid_value", "mode")]
    [InlineData("{\"query\":\"a\",\"offset\":-1}", "invalid_value", "offset")]
    [InlineData("{\"query\":\"a\",\"window\":1001}", "invalid_value", "window")]
    [InlineData("{\"query\":\"a\",\"highlight\":1}", "invalid_type", "highlight")]
    [InlineData("{\"query\":\"a\",\"collection\":\"A b\"}", "invalid_value", "collection")]
    [InlineData("{\"query\":\"a\",\"filter\":[]}", "invalid_type", "filter")]
    [InlineData("{\"query\":\"a\",\"filter\":{\"year\":null}}", "invalid_type", "filter.year")]
    [InlineData("{\"query\":\"a\",\"filter\":{\"year\":[{}]}}", "invalid_type", "filter.year")]
    [InlineData("{\"query\":\"a\",\"filter\":{\"year\":{\"from\":1}}}", "invalid_value", "filter.year.from")]
    public async Task A_wrong_request_is_a_400_that_names_the_field(string body, string code, string param) => (await PostAsync(Path, body)).MustBeError(400, code, param);

    [Fact]
    public async Task A_retrieval_service_that_is_away_is_a_503()
    {
        Peers.Retrieval.OnSearch = (_, _) => throw Failing.With(StatusCode.Unavailable);

        Assert.Equal(503, (await PostAsync(Path, """{"query":"a"}""")).Status);
    }

    [Fact]
    public async Task Collection_filter_page_and_highlights_go_to_retrieval()
    {
        await PostAsync(Path, """
            {"query":"a","collection":"faq","limit":5,"offset":10,"window":200,"highlight":true,
             "filter":{"kind":"guide","lang":["en","de"],"year":{"gte":2020,"lt":"2025-01-01"},"draft":false}}
            """);

        var asked = Peers.Retrieval.Searches.Requests.Single();
        Assert.Equal(("faq", 5, 10, 200, true, true), (asked.Collection, asked.Limit, asked.Offset, asked.Window, asked.Highlight, asked.IncludeMetadata));
        Assert.Equal(
            ["kind=guide", "lang=en|de", "year 2020..<2025-01-01", "draft=false"],
            asked.Filter.All.Select(condition => condition.AnyOf is { } any
                ? $"{condition.Name}={string.Join('|', any.Values)}"
                : $"{condition.Name} {condition.Range.Gte}..<{condition.Range.Lt}"));
    }

    [Fact]
    public async Task Metadata_highlights_and_whether_there_is_more_are_told()
    {
        Peers.Retrieval.OnSearch = (_, _) =>
        {
            var found = FakeRetrieval.Found();
            found.More = true;
            found.Passages[0].Highlights.Add(new TextSpan { Start = 2, End = 9 });
            found.Passages[0].Metadata.Add("tags", new MetadataValues { Values = { "a", "b" } });
            found.Passages[0].Metadata.Add("lang", new MetadataValues { Values = { "en" } });
            return Task.FromResult(found);
        };

        var reply = await PostAsync(Path, """{"query":"a","highlight":true}""");

        Assert.Equal("true", reply.Json["more"]!.ToJsonString());
        Assert.Equal("""{"lang":"en","tags":["a","b"]}""", reply.Json["passages"]![0]!["metadata"]!.ToJsonString());
        Assert.Equal("""[{"start":2,"end":9}]""", reply.Json["passages"]![0]!["highlights"]!.ToJsonString());
    }

    [Fact]
    public async Task A_filter_that_retrieval_refuses_is_a_400_that_names_the_field()
    {
        Peers.Retrieval.OnSearch = (_, _) => throw ServiceError.Invalid("filter.year", "filter.year has no bound; gt, gte, lt or lte is wanted.").ToException();

        (await PostAsync(Path, """{"query":"a","filter":{"year":{}}}""")).MustBeError(400, "invalid_value", "filter.year");
    }

    [Fact]
    public async Task Whether_a_model_ranks_again_is_the_callers_and_what_became_of_it_is_told()
    {
        Peers.Retrieval.OnSearch = (_, _) =>
        {
            var found = FakeRetrieval.Found();
            (found.Rerank, found.CostUsd) = ("applied", 0.002);
            found.Passages[0].RerankScore = 0.75;
            return Task.FromResult(found);
        };
        await PostAsync(Path, """{"query":"a","rerank":false}""");
        var reply = await PostAsync(Path, """{"query":"a"}""");

        Assert.Equal([(true, false), (false, false)], Peers.Retrieval.Searches.Requests.Select(request => (request.HasRerank, request.Rerank)));
        Assert.Equal("applied", (string?)reply.Json["rerank"]);
        Assert.Equal(0.75, (double)reply.Json["passages"]![0]!["rerank_score"]!);
        Assert.Null(reply.Json["passages"]![1]!["rerank_score"]);
        Assert.Equal("0.002", reply.Header("x-slipway-cost-usd"));
    }

    [Fact]
    public async Task A_model_that_could_not_rank_again_is_named()
    {
        Peers.Retrieval.OnSearch = (_, _) =>
        {
            var found = FakeRetrieval.Found();
            found.Rerank = "rerank_timeout";
            return Task.FromResult(found);
        };

        var search = await PostAsync(Path, """{"query":"a"}""");
        Assert.Equal(("rerank_timeout", "retrieval=fused"), ((string?)search.Json["rerank"], search.Header("x-slipway-degraded")));
        Assert.Equal("retrieval=fused", (await ChatAsync()).Header("x-slipway-degraded"));
    }

    [Fact]
    public async Task What_ranking_again_cost_is_part_of_an_answers_cost()
    {
        var plain = double.Parse((await ChatAsync(Question, ("Cache-Control", "no-store"))).Header("x-slipway-cost-usd")!, System.Globalization.CultureInfo.InvariantCulture);
        Peers.Retrieval.OnSearch = (_, _) =>
        {
            var found = FakeRetrieval.Found();
            (found.Rerank, found.CostUsd) = ("applied", 0.002);
            return Task.FromResult(found);
        };

        var reranked = double.Parse((await ChatAsync(Question, ("Cache-Control", "no-store"))).Header("x-slipway-cost-usd")!, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(plain + 0.002, reranked, 9);
    }
}
