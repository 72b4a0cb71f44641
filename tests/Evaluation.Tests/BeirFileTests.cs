using Slipway.Testing;

namespace Slipway.Evaluation.Tests;

public sealed class BeirFileTests
{
    [Fact]
    public void Queries_and_documents_round_trip_with_any_text()
    {
        using var folder = new TempFolder();
        EvaluationQuery[] queries = [new("1", "What is \"x\"?\n\u2028 ä 😀 \0"), new("b 2", "")];
        EvaluationDocument[] documents = [new("1", "A title", "text\twith\r\nlines"), new("ü", "", "</script>")];
        BeirQueriesFile.Write(folder.File("queries.jsonl"), queries);
        BeirCorpusFile.Write(folder.File("corpus.jsonl"), documents);
        Assert.Equal(queries, BeirQueriesFile.Read(folder.File("queries.jsonl")));
        Assert.Equal(documents, BeirCorpusFile.Read(folder.File("corpus.jsonl")));
        Assert.Equal("{\"_id\":\"1\",\"title\":\"A title\",\"text\":\"text\\twith\\r\\nlines\"}", File.ReadLines(folder.File("corpus.jsonl")).First());
    }

    [Fact]
    public void Judgments_round_trip_below_their_header()
    {
        using var folder = new TempFolder();
        var judgments = Given.Judgments("q1: b=0 a=2; q2: x=-1");
        BeirQrelsFile.Write(folder.File("test.tsv"), judgments);
        Assert.Equal("query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\nq2\tx\t-1\n", File.ReadAllText(folder.File("test.tsv")));
        Assert.Equal(judgments.Entries, BeirQrelsFile.Read(folder.File("test.tsv")).Entries);
    }

    [Fact]
    public void A_title_may_be_absent_and_other_properties_are_ignored()
    {
        Assert.Equal([new EvaluationDocument("1", "", "t")], BeirCorpusFile.Read(Given.Bytes("{\"_id\":\"1\",\"text\":\"t\",\"metadata\":{\"a\":[1]}}\n"), "corpus"));
    }

    [Fact]
    public void All_bad_documents_are_named_at_once()
    {
        var thrown = Assert.Throws<InvalidEvaluationFileException>(() => BeirCorpusFile.Read(Given.Bytes("""
            {"_id":"1","title":"a","text":"b"}
            {"_id":2,"title":null,"text":"b"}
            {"title":"a"}
            {"_id":"1","title":"a","text":"b"}
            [1]
            {"_id":"5","text":"secret
            {"_id":"","text":"b"}
            {"_id":"6","_id":"7","text":"b"}
            {"_id":"8","text":"\ud800"}
            {"_id":"9\t","text":"b"} x
            {"_id":"a\tb","text":"b"}
            """), "corpus.jsonl").ToList());
        Assert.Equal(
            [
                (2, "_id"), (2, "title"), (3, "_id"), (3, "text"), (4, "_id"), (5, "line"), (6, "line"), (7, "_id"), (8, "line"), (9, "text"), (10, "line"), (11, "_id"),
            ],
            thrown.Problems.Select(p => (p.Line, p.Field)));
        Assert.Contains("line 4, _id: '1' comes twice: line 1 has it already", thrown.Message);
        Assert.DoesNotContain("secret", thrown.Message);
    }

    [Fact]
    public void Judgments_without_their_header_or_with_bad_lines_are_refused()
    {
        Assert.Equal("header", Problems("1\ta\t1\n").Single().Field);
        Assert.Equal((0, "header"), (Problems("").Single().Line, Problems("").Single().Field));
        Assert.Equal("header", Problems("\n").Single().Field);
        Assert.Equal(
            [(2, "line"), (3, "score"), (4, "corpus-id"), (5, "query-id"), (7, "corpus-id"), (8, "line")],
            Problems("query-id\tcorpus-id\tscore\n1 a 1\n1\ta\tx\n1\t\t1\n\ta\t1\n1\tb\t1\n1\tb\t1\n1\tc\t1\t\n").Select(p => (p.Line, p.Field)));
    }

    [Fact]
    public void A_document_of_a_few_megabytes_is_read_whole()
    {
        using var folder = new TempFolder();
        EvaluationDocument[] documents = [new("1", "", new string('ä', 3_000_000)), new("2", "", "after it")];
        BeirCorpusFile.Write(folder.File("corpus.jsonl"), documents);
        Assert.Equal(documents, BeirCorpusFile.Read(folder.File("corpus.jsonl")));
    }

    [Fact]
    public void An_id_twice_or_unreadable_is_not_written_and_nothing_is_left()
    {
        using var folder = new TempFolder();
        Assert.ThrowsAny<ArgumentException>(() => BeirQueriesFile.Write(folder.File("q"), [new("1", "a"), new("1", "b")]));
        Assert.ThrowsAny<ArgumentException>(() => BeirQueriesFile.Write(folder.File("q"), [new("a\tb", "a")]));
        Assert.ThrowsAny<ArgumentException>(() => BeirQueriesFile.Write(folder.File("q"), [new("1", "\uD800")]));
        Assert.ThrowsAny<ArgumentException>(() => BeirQrelsFile.Write(folder.File("q"), new Judgments([new Judgment("a\tb", "a", 1)])));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void SciFact_is_read_whole()
    {
        var folder = Repository.SharedData("scifact");
        Assert.SkipUnless(folder is not null, "the data set is not there: ../shared/data/scifact");
        var data = new BeirFolder(folder);
        var judgments = data.Judgments();
        Assert.Equal((339, 300), (judgments.Count, judgments.QueryIds.Count));
        Assert.Equal(809, data.Judgments("train").QueryIds.Count);
        Assert.Throws<ArgumentException>(() => data.Judgments("../qrels/test"));
        var queries = data.Queries().Select(q => q.Id).ToHashSet();
        var documents = data.Documents().Select(d => d.Id).ToHashSet();
        Assert.Equal(5183, documents.Count);
        Assert.All(judgments.Entries, j => Assert.True(queries.Contains(j.QueryId) && documents.Contains(j.DocumentId)));
        var ideal = new Run(judgments.Entries.Select(j => new RunEntry(j.QueryId, j.DocumentId, j.Relevance)));
        Assert.Equal(1, RetrievalEvaluator.Evaluate(judgments, ideal, [Measure.Ndcg(10)]).Measures[0].Mean);
    }

    private static IReadOnlyList<FileProblem> Problems(string text) =>
        Assert.Throws<InvalidEvaluationFileException>(() => BeirQrelsFile.ReadEntries(Given.Bytes(text), "test.tsv").ToList()).Problems;
}
