using System.Text.Json.Nodes;
using System.Xml.Linq;
using Slipway.Evaluation;
using Slipway.Testing;

namespace Slipway.Cli.Tests;

public sealed class RetrievalEvalTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private FakeEdge _edge = null!;

    public async ValueTask InitializeAsync()
    {
        _edge = await FakeEdge.StartAsync();
        // One relevant document at rank 3: nDCG 0.5, reciprocal rank 1/3. Passages of one document count once.
        _edge.Finds = (mode, query) => query == "first" ? ["a#0", "a#1", "b#0", "good#2", "good#0"] : ["good2#0"];
        await File.WriteAllTextAsync(_folder.File("queries.jsonl"), """
            {"_id":"1","text":"first"}
            {"_id":"2","text":"second"}
            {"_id":"3","text":"nobody judged this"}

            """.ReplaceLineEndings("\n").TrimEnd() + "\n");
        await File.WriteAllTextAsync(_folder.File("qrels.tsv"), "query-id\tcorpus-id\tscore\n1\tgood\t1\n2\tgood2\t1\n");
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_measures_documents_by_their_best_passage_and_writes_table_json_junit_and_run()
    {
        var (code, output, _) = await EvalAsync("--collection", "faq", "--floor", "ndcg@10 >= 0.7", "--json", _folder.File("r.json"), "--junit", _folder.File("r.xml"), "--run", _folder.File("r.run"), "--name", "small");

        Assert.Equal(0, code);
        Assert.Equal("faq", _edge.Collection);
        Assert.Contains("ndcg@10", output, StringComparison.Ordinal);
        Assert.Contains("0.7500", output, StringComparison.Ordinal);
        var json = JsonNode.Parse(await File.ReadAllTextAsync(_folder.File("r.json"), TestContext.Current.CancellationToken))!;
        Assert.Contains("small", json.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(XDocument.Load(_folder.File("r.xml")).Descendants("failure"));
        Assert.Equal(["a", "b", "good"], TrecRunFile.Read(_folder.File("r.run")).Ranked("1").Select(document => document.DocumentId));
    }

    [Fact]
    public async Task Judgments_may_be_TRECs()
    {
        await File.WriteAllTextAsync(_folder.File("qrels.tsv"), "1 0 good 1\n2 0 good2 1\n", TestContext.Current.CancellationToken);

        var (code, output, _) = await EvalAsync();

        Assert.Equal(0, code);
        Assert.Contains("0.7500", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missed_floor_is_exit_code_1_and_a_failure_in_junit()
    {
        var (code, _, _) = await EvalAsync("--floor", "ndcg@10 >= 0.8", "--floor", "recall@10 >= 1", "--junit", _folder.File("r.xml"));

        Assert.Equal(1, code);
        Assert.Single(XDocument.Load(_folder.File("r.xml")).Descendants("failure"));
    }

    [Fact]
    public async Task A_floor_for_what_was_not_measured_is_not_passed()
    {
        Assert.Equal(1, (await EvalAsync("--floor", "ndcg@5 >= 0.1")).Code);
    }

    [Fact]
    public async Task With_exact_it_tells_a_worse_index_from_a_worse_model()
    {
        _edge.Finds = (mode, query) => (mode, query) switch
        {
            ("vector", "first") => ["a#0", "x#0", "y#0", "z#0"],
            ("exact", "first") => ["good#0", "a#0", "b#0", "c#0"],
            ("vector" or "exact", _) => ["good2#0", "q#0"],
            _ => ["good#0"],
        };

        var (code, output, _) = await EvalAsync("--exact", "--k", "4", "--floor", "overlap@4 >= 0.7");

        // 1 of 4 and 2 of 2 neighbours: 0.625 on average; the exact search itself is perfect.
        Assert.Equal(1, code);
        Assert.Contains("overlap@4", output, StringComparison.Ordinal);
        Assert.Contains("0.6250", output, StringComparison.Ordinal);
        Assert.Contains("vectors compared one by one: ndcg@4 1.0000", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Searches_that_keywords_answered_instead_are_not_measured()
    {
        _edge.DegradedReason = "vectors_unavailable";

        var (code, _, errors) = await EvalAsync("--json", _folder.File("r.json"));

        Assert.Equal(2, code);
        Assert.Contains("2 of 2 hybrid searches were answered by keywords (vectors_unavailable)", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("r.json")));
    }

    [Fact]
    public async Task A_refusal_is_told_in_the_edges_words()
    {
        var (code, _, errors) = await RunAsync("--key", "sk-wrong");

        Assert.Equal(2, code);
        Assert.Contains("401 invalid_api_key: The key is unknown.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edge_that_is_away_is_exit_code_2()
    {
        var (code, _, errors) = await EvalAsync("--edge", "http://127.0.0.1:9");

        Assert.Equal(2, code);
        Assert.Contains("http://127.0.0.1:9/ did not answer", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judged_queries_that_are_missing_are_named()
    {
        await File.AppendAllTextAsync(_folder.File("qrels.tsv"), "77\tgood\t1\n", TestContext.Current.CancellationToken);

        var (code, _, errors) = await EvalAsync();

        Assert.Equal(2, code);
        Assert.Contains("lacks 1 of the judged queries: 77.", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--floor", "ndcg@10 > 1", "is no floor")]
    [InlineData("--k", "0", "--k is 0; it must be 1 to 100.")]
    [InlineData("--k", "101", "--k is 101; it must be 1 to 100.")]
    [InlineData("--concurrency", "65", "--concurrency is 65; it must be 1 to 64.")]
    [InlineData("--mode", "fuzzy", "fuzzy")]
    [InlineData("--edge", "localhost", "--edge is 'localhost'")]
    public async Task A_wrong_option_is_exit_code_2_and_named(string option, string value, string message)
    {
        var (code, _, errors) = await EvalAsync(option, value);

        Assert.Equal(2, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_file_is_named_with_its_line()
    {
        await File.AppendAllTextAsync(_folder.File("queries.jsonl"), "{\"_id\":7}\n", TestContext.Current.CancellationToken);

        var (code, _, errors) = await EvalAsync();

        Assert.Equal(2, code);
        Assert.Contains("queries.jsonl", errors, StringComparison.Ordinal);
        Assert.Contains("line 4", errors, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Errors)> EvalAsync(params string[] more) => RunAsync(["--key", FakeEdge.Key, .. more]);

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] more)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        string[] edge = more.Contains("--edge") ? [] : ["--edge", _edge.Address];
        var code = await CommandLine.RunAsync(
            ["retrieval", "eval", "--queries", _folder.File("queries.jsonl"), "--qrels", _folder.File("qrels.tsv"), .. edge, .. more], output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
