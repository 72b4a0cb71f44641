using Xunit;

namespace Slipway.Retrieval.Tests.Elasticsearch;

/// <summary>That the check against the official description finds mistakes; that our requests pass it, every test on the fake shows.</summary>
public sealed class ElasticApiTests
{
    private static readonly Dictionary<string, string> None = [];

    public static TheoryData<string, string, string, string, string> Wrong => new()
    {
        { "POST", "/i/_serach", "", "{}", "there is no such operation" },
        { "PATCH", "/i", "", "", "there is no such operation" },
        { "POST", "/i/_search", "ignore_unavailabel=true", "{}", "no parameter 'ignore_unavailabel'" },
        { "POST", "/i/_search", "ignore_unavailable=perhaps", "{}", "the parameter 'ignore_unavailable' is 'perhaps'" },
        { "POST", "/i/_search", "", """{"sise":10}""", "body.sise: there is no such property" },
        { "POST", "/i/_search", "", """{"size":"many"}""", "body.size: is String; it must be number" },
        { "POST", "/i/_search", "", """{"query":{"mtach":{"body":{"query":"a"}}}}""", "mtach" },
        { "POST", "/i/_search", "", """{"query":{"match":{"body":{"qery":"a"}}}}""", "query: is missing" },
        { "POST", "/i/_search", "", """{"query":{"bool":{"filters":[]}}}""", "filters: there is no such property" },
        { "POST", "/i/_search", "", """{"query":{"term":{"a":{"value":"b"}},"match_all":{}}}""", "it must have 1 at most" },
        { "POST", "/i/_search", "", """{"knn":{"field":"v","query_vector":["a"],"k":3}}""", "query_vector" },
        { "POST", "/i/_search", "", """{"knn":{"field":"v","query_vector":[1],"k":3,"candidates":5}}""", "candidates" },
        { "PUT", "/i", "", """{"mappings":{"properties":{"v":{"type":"dense_vector","dims":3,"index_options":{"type":"int9_hnsw"}}}}}""", "int9_hnsw" },
        { "PUT", "/i", "", """{"mappings":{"properties":{"v":{"type":"dens_vector"}}}}""", "there is no type 'dens_vector'" },
        { "PUT", "/i", "", """{"settings":{"analysis":{"filter":{"f":{"type":"word_delimiter","preserve_orignal":true}}}}}""", "preserve_orignal" },
        { "POST", "/i/_mget", "", """{"ids":[1]}""", "ids" },
        { "POST", "/i/_refresh", "", "{}", "it has a body" },
        { "POST", "/i/_bulk", "", "{\"create\":{\"_id\":\"1\"}}\n", "there is no document" },
        { "POST", "/i/_bulk", "", "{\"creat\":{\"_id\":\"1\"}}\n{}\n", "creat" },
        { "POST", "/i/_bulk", "", "{\"create\":{\"_id\":\"1\"}}\n{}", "line feed" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_request_is_found_out(string method, string path, string query, string body, string because)
    {
        var api = Api();
        var parameters = query.Length == 0 ? None : new Dictionary<string, string> { [query.Split('=')[0]] = query.Split('=')[1] };
        var errors = api.CheckRequest(method, path, parameters, body);
        Assert.Contains(errors, error => error.Contains(because, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"_shards":{"failed":0,"successful":1,"total":1}}""", "count: is missing")]
    [InlineData("""{"count":"1","_shards":{"failed":0,"successful":1,"total":1}}""", "count: is String")]
    [InlineData("""{"count":1,"counts":1,"_shards":{"failed":0,"successful":1,"total":1}}""", "counts: there is no such property")]
    public void A_wrong_answer_is_found_out(string body, string because) =>
        Assert.Contains(Api().CheckAnswer("POST", "/i/_count", body), error => error.Contains(because, StringComparison.Ordinal));

    [Fact]
    public void A_right_request_and_a_right_answer_pass()
    {
        Assert.Empty(Api().CheckRequest("POST", "/i/_search", None, """{"query":{"bool":{"filter":[{"term":{"f":{"value":"v"}}},{"range":{"n":{"gte":"a","lt":"b"}}}]}},"size":3,"_source":false}"""));
        Assert.Empty(Api().CheckAnswer("POST", "/i/_count", """{"count":1,"_shards":{"failed":0,"successful":1,"total":1}}"""));
    }

    private static ElasticApi Api()
    {
        Assert.SkipWhen(ElasticApi.Description is null, ElasticApi.Absent);
        return ElasticApi.Description!;
    }
}
