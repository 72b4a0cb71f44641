namespace Slipway.Evaluation.Tests;

/// <summary>What holds for every collection, tried on many that a seeded generator draws.</summary>
public sealed class PropertyTests
{
    private static readonly Measure[] All =
    [
        Measure.Recall(1), Measure.Recall(5), Measure.Recall(100), Measure.Precision(1), Measure.Precision(7), Measure.Mrr(), Measure.Mrr(3),
        Measure.Map(), Measure.Map(4), Measure.Ndcg(), Measure.Ndcg(1), Measure.Ndcg(10), Measure.Ndcg(1000),
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory, MemberData(nameof(Seeds))]
    public void Every_value_lies_between_0_and_1(int seed)
    {
        var (judgments, entries) = Draw(new Random(seed));
        var evaluation = RetrievalEvaluator.Evaluate(new Judgments(judgments), new Run(entries), All);
        Assert.All(evaluation.Queries.SelectMany(q => q.Values), v => Assert.InRange(v, 0.0, 1.0));
        Assert.All(evaluation.Measures, m => Assert.InRange(m.Mean!.Value, 0.0, 1.0));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void The_order_of_the_input_changes_no_bit_of_any_value(int seed)
    {
        var random = new Random(seed);
        var (judgments, entries) = Draw(random);
        var before = RetrievalEvaluator.Evaluate(new Judgments(judgments), new Run(entries), All);
        random.Shuffle(judgments);
        random.Shuffle(entries);
        var after = RetrievalEvaluator.Evaluate(new Judgments(judgments), new Run(entries), All);
        Assert.Equal(before.Measures, after.Measures);
        Assert.Equal(before.Queries.SelectMany(q => q.Values), after.Queries.SelectMany(q => q.Values));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void The_ideal_ranking_has_an_ndcg_of_exactly_1_and_an_average_precision_of_1(int seed)
    {
        var (judgments, _) = Draw(new Random(seed));
        var ideal = new Run(judgments.Select(j => new RunEntry(j.QueryId, j.DocumentId, j.Relevance)));
        var evaluation = RetrievalEvaluator.Evaluate(new Judgments(judgments), ideal, All);
        Assert.Equal([1.0, 1.0, 1.0], new[] { Measure.Ndcg(), Measure.Ndcg(1), Measure.Ndcg(10) }.Select(m => evaluation[m].Mean!.Value));
        Assert.Equal((1.0, 1.0), (evaluation[Measure.Map()].Mean, evaluation[Measure.Mrr()].Mean));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_larger_cut_never_finds_less(int seed)
    {
        var (judgments, entries) = Draw(new Random(seed));
        var measures = Enumerable.Range(1, 12).SelectMany(k => new[] { Measure.Recall(k), Measure.Mrr(k), Measure.Map(k) }).ToArray();
        var evaluation = RetrievalEvaluator.Evaluate(new Judgments(judgments), new Run(entries), measures);
        for (var i = 3; i < measures.Length; i++) Assert.True(evaluation.Measures[i].Mean >= evaluation.Measures[i - 3].Mean, measures[i].Name);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_cut_beyond_all_results_is_no_cut(int seed)
    {
        var (judgments, entries) = Draw(new Random(seed));
        var evaluation = RetrievalEvaluator.Evaluate(
            new Judgments(judgments), new Run(entries), [Measure.Mrr(), Measure.Mrr(500), Measure.Map(), Measure.Map(500), Measure.Ndcg(), Measure.Ndcg(500)]);
        for (var i = 0; i < 6; i += 2) Assert.Equal(evaluation.Measures[i].Mean, evaluation.Measures[i + 1].Mean);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_run_overlaps_wholly_with_itself_and_a_part_of_it_does_not_overlap_more(int seed)
    {
        var (_, entries) = Draw(new Random(seed));
        var run = new Run(entries);
        Assert.Equal(1, OverlapRecall.Evaluate(run, run, 5).Result.Mean);
        var part = OverlapRecall.Evaluate(new Run(entries.Where((_, i) => i % 3 != 0)), run, 5);
        Assert.InRange(part.Result.Mean!.Value, 0.0, 1.0);
    }

    private static (Judgment[] Judgments, RunEntry[] Entries) Draw(Random random)
    {
        var judgments = new List<Judgment>();
        var entries = new List<RunEntry>();
        for (var query = 0; query < 12; query++)
        {
            var id = $"q{query}";
            var documents = Enumerable.Range(0, 30).Select(i => $"d{i}").ToArray();
            random.Shuffle(documents);
            judgments.Add(new Judgment(id, documents[0], random.Next(1, 4)));
            judgments.AddRange(documents.Skip(1).Take(random.Next(12)).Select(d => new Judgment(id, d, random.Next(-1, 4))));
            random.Shuffle(documents);
            // Few different scores: many ties.
            entries.AddRange(documents.Take(random.Next(25)).Select(d => new RunEntry(id, d, random.Next(6) / 4.0)));
        }

        return ([.. judgments], [.. entries]);
    }
}
