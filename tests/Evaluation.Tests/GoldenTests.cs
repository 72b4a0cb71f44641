using System.Globalization;
using Slipway.Testing;

namespace Slipway.Evaluation.Tests;

/// <summary>
/// What trec_eval 10.0 itself says about Golden/run.txt and Golden/qrels.txt (24 queries; ties, grades from -1 to 3, queries without results, ranks that lie):
/// see Golden/README.md for the commands.
/// </summary>
public sealed class GoldenTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Evaluation.Tests", "Golden");

    private static readonly Dictionary<string, Measure> Names = new(StringComparer.Ordinal)
    {
        ["map"] = Measure.Map(),
        ["ndcg"] = Measure.Ndcg(),
        ["recip_rank"] = Measure.Mrr(),
        ["recall_1"] = Measure.Recall(1),
        ["recall_5"] = Measure.Recall(5),
        ["recall_10"] = Measure.Recall(10),
        ["recall_100"] = Measure.Recall(100),
        ["P_1"] = Measure.Precision(1),
        ["P_5"] = Measure.Precision(5),
        ["P_10"] = Measure.Precision(10),
        ["P_100"] = Measure.Precision(100),
        ["map_cut_5"] = Measure.Map(5),
        ["map_cut_10"] = Measure.Map(10),
        ["ndcg_cut_1"] = Measure.Ndcg(1),
        ["ndcg_cut_3"] = Measure.Ndcg(3),
        ["ndcg_cut_10"] = Measure.Ndcg(10),
        ["ndcg_cut_100"] = Measure.Ndcg(100),
    };

    [Fact]
    public void Every_measure_of_every_query_and_every_mean_is_what_trec_eval_prints() => Compare("trec_eval.txt", Names);

    [Fact]
    public void The_reciprocal_rank_at_a_cut_is_what_trec_eval_prints_for_so_many_documents() =>
        Compare("trec_eval.3.txt", new Dictionary<string, Measure>(StringComparer.Ordinal) { ["recip_rank"] = Measure.Mrr(3) });

    private static void Compare(string file, Dictionary<string, Measure> names)
    {
        var judgments = TrecQrelsFile.Read(Path.Combine(Folder, "qrels.txt"));
        var evaluation = RetrievalEvaluator.Evaluate(judgments, TrecRunFile.Read(Path.Combine(Folder, "run.txt")), [.. names.Values]);
        var queries = evaluation.Queries.ToDictionary(q => q.QueryId, StringComparer.Ordinal);
        var compared = 0;
        foreach (var line in File.ReadLines(Path.Combine(Folder, file)))
        {
            var (name, query, printed) = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [var n, var q, var p] ? (n, q, p) : throw new InvalidDataException(line);
            if (!names.TryGetValue(name, out var measure)) continue;
            var index = names.Values.ToList().IndexOf(measure);
            var value = query == "all" ? evaluation.Measures[index].Mean!.Value : queries[query].Values[index];
            // Four decimals, rounded to even where trec_eval's last digit hangs on the last bit.
            Assert.True(Math.Abs(value - double.Parse(printed, CultureInfo.InvariantCulture)) <= 0.00005 + 1e-9, $"{line}: {value:R}");
            compared++;
        }

        Assert.Equal(names.Count * (queries.Count + 1), compared);
    }
}
