using Slipway.Testing;

namespace Slipway.Cli.Tests;

public sealed class RetrievalTuneTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private FakeEdge _edge = null!;

    public async ValueTask InitializeAsync()
    {
        _edge = await FakeEdge.StartAsync();
        await File.WriteAllTextAsync(_folder.File("queries.jsonl"), "{\"_id\":\"1\",\"text\":\"first\"}\n{\"_id\":\"2\",\"text\":\"second\"}\n{\"_id\":\"3\",\"text\":\"third\"}\n");
        await File.WriteAllTextAsync(_folder.File("qrels.tsv"), "query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t1\n2\tc\t1\n2\td\t0\n3\te\t0\n");
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Judged_queries_go_to_the_edge_and_its_choice_is_told()
    {
        var (code, output, _) = await TuneAsync("dev", "--collection", "faq", "--trial");

        Assert.Equal(0, code);
        // A query without a relevant document says nothing.
        Assert.Equal(
            """{"collection":"faq","trial":true,"questions":[{"text":"first","relevance":{"a":2,"b":1}},{"text":"second","relevance":{"c":1}}],"tenant":"dev"}""", _edge.Tuning!.ToJsonString());
        Assert.Contains("keyword                  0.5000", output, StringComparison.Ordinal);
        Assert.Contains("chosen weight, held out  0.6667", output, StringComparison.Ordinal);
        Assert.Contains("vector weight 0.35 (the best, and no worse on queries that it was not chosen by): a trial, nothing is changed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_edge_refuses_is_told_and_is_exit_code_2()
    {
        var (code, _, errors) = await TuneAsync("refused");

        Assert.Equal(2, code);
        Assert.Contains("invalid_value: questions has 2 entries; 30 to 2000 are accepted", errors, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Errors)> TuneAsync(string tenant, params string[] more)
    {
        using StringWriter output = new(), errors = new();
        var code = await CommandLine.RunAsync(
            ["retrieval", "tune", "--queries", _folder.File("queries.jsonl"), "--qrels", _folder.File("qrels.tsv"), "--edge", _edge.Address, "--key", FakeEdge.Key, "--tenant", tenant, .. more],
            output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
