using System.Text.Json;
using System.Xml.Linq;

namespace Slipway.Evaluation.Tests;

public sealed class ReportTests
{
    private static readonly RetrievalEvaluation Half =
        Given.Evaluation("q1: a=1; q2: a=1; q3: a=0", "q1: a=1; q9: a=1", Measure.Ndcg(10), Measure.Map(), Measure.Recall(5));

    [Fact]
    public void A_floor_passes_when_it_is_reached_and_fails_below_it()
    {
        var report = EvaluationReport.Create("c", Half, Floor.ParseAll(["ndcg@10 >= 0.5", "map >= 0.51"]));
        Assert.Equal([FloorOutcome.Pass, FloorOutcome.BelowFloor, FloorOutcome.NoFloor], report.Measures.Select(m => m.Outcome));
        Assert.False(report.Passed);
        Assert.True(EvaluationReport.Create("c", Half, Floor.ParseAll(["map >= 0.5"])).Passed);
    }

    [Fact]
    public void Nothing_measured_is_an_error_and_never_a_pass_even_above_a_floor_of_0()
    {
        var none = Given.Evaluation("q1: a=0", "q1: a=1", Measure.Map());
        var report = EvaluationReport.Create("c", none, Floor.ParseAll(["map >= 0", "overlap@10 >= 0"]));
        Assert.Equal([FloorOutcome.NoData, FloorOutcome.NoData], report.Measures.Select(m => m.Outcome));
        Assert.False(report.Passed);
    }

    [Fact]
    public void Without_a_floor_there_is_no_verdict() => Assert.Null(EvaluationReport.Create("c", Half).Passed);

    [Fact]
    public void The_rounding_of_a_sum_fails_no_floor()
    {
        var floor = new Floor(Measure.Map(), 0.3);
        Assert.True(floor.IsReachedBy(0.3) && floor.IsReachedBy(Math.BitDecrement(0.3)) && !floor.IsReachedBy(0.2999999));
    }

    [Fact]
    public void Two_floors_or_two_overlaps_for_one_measure_are_refused()
    {
        var run = Given.Run("q: a=1");
        Assert.Throws<ArgumentException>(() => EvaluationReport.Create("c", Half, [new Floor(Measure.Map(), 0.1), new Floor(Measure.Map(), 0.2)]));
        Assert.Throws<ArgumentException>(() => EvaluationReport.Create("c", Half, overlaps: [OverlapRecall.Evaluate(run, run, 5), OverlapRecall.Evaluate(run, run, 5)]));
    }

    [Fact]
    public void The_text_is_a_table_with_what_was_left_out_above_it()
    {
        var report = EvaluationReport.Create("handbook", Half, Floor.ParseAll(["ndcg@10 >= 0.5", "map >= 0.51", "overlap@10 >= 0.98"]));
        Assert.Equal(
            """
            handbook, run test
            queries: 2 measured, of these without results 1 (score 0); no relevant judgment 1 (left out); not judged 1 (ignored)

            measure     mean    queries  floor  result
            ndcg@10     0.5000  2        0.5    pass
            map         0.5000  2        0.51   below the floor: 0.5 < 0.51
            recall@5    0.5000  2        -
            overlap@10  -       0        0.98   no data: nothing was measured, and that is no pass

            """.ReplaceLineEndings("\n"), TextReport.Format(report));
    }

    [Fact]
    public void The_json_has_counts_measures_outcomes_and_each_query_in_snake_case()
    {
        var overlap = OverlapRecall.Evaluate(Given.Run("q1: a=1"), Given.Run("q1: a=1; q7: b=1"), 10);
        var report = EvaluationReport.Create("handbook \"ä\"", Half, Floor.ParseAll(["map >= 0.51", "mrr >= 0.1"]), [overlap]);
        using var json = JsonDocument.Parse(Json(report));
        var root = json.RootElement;
        Assert.Equal("handbook \"ä\"", root.GetProperty("name").GetString());
        Assert.Equal("test", root.GetProperty("run").GetString());
        Assert.False(root.GetProperty("passed").GetBoolean());
        Assert.Equal("""{"judged":3,"measured":2,"without_relevant":1,"without_results":1,"unjudged":1}""", Compact(root.GetProperty("queries")));
        Assert.Equal(
            [
                """{"measure":"ndcg@10","mean":0.5,"queries":2,"floor":null,"outcome":"no_floor"}""",
                """{"measure":"map","mean":0.5,"queries":2,"floor":0.51,"outcome":"below_floor"}""",
                """{"measure":"recall@5","mean":0.5,"queries":2,"floor":null,"outcome":"no_floor"}""",
                """{"measure":"overlap@10","mean":0.5,"queries":2,"floor":null,"outcome":"no_floor"}""",
                """{"measure":"mrr","mean":null,"queries":0,"floor":0.1,"outcome":"no_data"}""",
            ],
            root.GetProperty("measures").EnumerateArray().Select(Compact));
        Assert.Equal(
            [
                """{"query_id":"q1","values":{"ndcg@10":1,"map":1,"recall@5":1,"overlap@10":1}}""",
                """{"query_id":"q2","values":{"ndcg@10":0,"map":0,"recall@5":0}}""",
                """{"query_id":"q7","values":{"overlap@10":0}}""",
            ],
            root.GetProperty("per_query").EnumerateArray().Select(Compact));
    }

    [Fact]
    public void The_json_can_leave_the_queries_out_and_says_null_without_a_verdict()
    {
        using var json = JsonDocument.Parse(Json(EvaluationReport.Create("c", Half), perQuery: false));
        Assert.False(json.RootElement.TryGetProperty("per_query", out _));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("passed").ValueKind);
    }

    [Fact]
    public void The_junit_has_a_case_for_each_floor_a_failure_below_it_and_an_error_without_data()
    {
        var report = EvaluationReport.Create("hand<book>\u0001", Half, Floor.ParseAll(["ndcg@10 >= 0.5", "map >= 0.51", "mrr >= 0"]));
        var suite = JUnit(report).Root!.Element("testsuite")!;
        Assert.Equal("hand<book>\uFFFD", suite.Attribute("name")!.Value);
        Assert.Equal(("3", "1", "1"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value, suite.Attribute("errors")!.Value));
        var cases = suite.Elements("testcase").ToList();
        Assert.Equal(["ndcg@10 >= 0.5", "map >= 0.51", "mrr >= 0"], cases.Select(c => c.Attribute("name")!.Value));
        Assert.Empty(cases[0].Elements());
        Assert.Equal("below the floor: 0.5 < 0.51", cases[1].Element("failure")!.Attribute("message")!.Value);
        Assert.Equal("no_data", cases[2].Element("error")!.Attribute("type")!.Value);
        Assert.Contains(suite.Element("properties")!.Elements(), p => p.Attribute("name")!.Value == "recall@5" && p.Attribute("value")!.Value == "0.5");
    }

    [Fact]
    public void The_junit_without_floors_has_no_case() => Assert.Empty(JUnit(EvaluationReport.Create("c", Half)).Descendants("testcase"));

    private static byte[] Json(EvaluationReport report, bool perQuery = true)
    {
        using var stream = new MemoryStream();
        JsonReport.Write(report, stream, perQuery);
        return stream.ToArray();
    }

    private static XDocument JUnit(EvaluationReport report)
    {
        using var stream = new MemoryStream();
        JUnitReport.Write(report, stream);
        Assert.NotEqual(0xEF, stream.ToArray()[0]);
        stream.Position = 0;
        return XDocument.Load(stream);
    }

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);
}
