using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Evaluation;

namespace Slipway.Retrieval.Fusion;

/// <summary>
/// Chooses the weight of a collection by judged questions, by cross-validation (Stone 1974):
/// <list type="number">
/// <item>The questions are dealt into five folds by a hash, so that neither chance nor their order matters.</item>
/// <item>For each fold the weight that is best on the other four is measured on it: what choosing a weight is worth on questions that nobody has seen.</item>
/// <item>The weight that is best on all questions is taken if that is no worse than keywords alone, vectors alone and the default weight; else the default, if it is no worse than keywords
/// alone and vectors alone; else the better of these two.</item>
/// </list>
/// So fusion is never worse than its better half on the judged questions, and a weight that only fits them by chance is not taken.
/// </summary>
internal sealed class WeightChooser(IFusionPolicy policy)
{
    /// <summary>Fewer questions are no evidence.</summary>
    public const int LeastQuestions = 30;

    private const int Folds = 5;

    /// <summary>Weights 0, 0.05, … 1.</summary>
    private const int Steps = 20;

    private static readonly Measure Ndcg = Measure.Ndcg(10);

    /// <summary>Chooses.</summary>
    /// <param name="questions">At least <see cref="LeastQuestions"/>.</param>
    /// <param name="defaultWeight">The weight that is used without a choice, 0 to 1.</param>
    public WeightChoice Choose(IReadOnlyList<JudgedRankings> questions, double defaultWeight)
    {
        var judgments = new Judgments(questions.SelectMany(question => question.Relevance.Select(grade => new Judgment(Id(question), grade.Key, grade.Value))));
        var grid = Enumerable.Range(0, Steps + 1).Select(step => (double)step / Steps).ToArray();
        var values = grid.Select(weight => Measured(questions, judgments, weight)).ToArray();
        var byDefault = Measured(questions, judgments, defaultWeight).Average();
        var (keyword, vector) = (values[0].Average(), values[^1].Average());
        var betterHalf = Math.Max(keyword, vector);
        var heldOut = HeldOut(questions, grid, values, defaultWeight);
        var (weight, source) =
            heldOut >= betterHalf && heldOut >= byDefault ? (grid[Best(grid, values, defaultWeight, _ => true)], WeightSource.HeldOut)
            : byDefault >= betterHalf ? (defaultWeight, WeightSource.Default)
            : keyword >= vector ? (0, WeightSource.Keyword)
            : (1, WeightSource.Vector);
        return new WeightChoice(weight, source, questions.Count, keyword, vector, byDefault, heldOut);
    }

    private static double HeldOut(IReadOnlyList<JudgedRankings> questions, double[] grid, double[][] values, double defaultWeight)
    {
        // Judgments come in the ordinal order of their ids, which is that of the numbers.
        var folds = new int[questions.Count];
        foreach (var (position, index) in Enumerable.Range(0, questions.Count).OrderBy(index => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Id(questions[index])))), StringComparer.Ordinal).Index())
            folds[index] = position % Folds;
        double sum = 0;
        for (var fold = 0; fold < Folds; fold++)
        {
            var best = Best(grid, values, defaultWeight, index => folds[index] != fold);
            for (var i = 0; i < questions.Count; i++)
            {
                if (folds[i] == fold) sum += values[best][i];
            }
        }

        return sum / questions.Count;
    }

    /// <summary>The step whose mean over some questions is the highest; of equal ones the nearest to the default.</summary>
    private static int Best(double[] grid, double[][] values, double defaultWeight, Func<int, bool> counts)
    {
        var best = 0;
        var bestSum = double.NegativeInfinity;
        for (var step = 0; step < grid.Length; step++)
        {
            double sum = 0;
            for (var i = 0; i < values[step].Length; i++)
            {
                if (counts(i)) sum += values[step][i];
            }

            var equal = Math.Abs(sum - bestSum) < 1e-9;
            if (equal ? Math.Abs(grid[step] - defaultWeight) < Math.Abs(grid[best] - defaultWeight) : sum > bestSum) (best, bestSum) = (step, Math.Max(sum, bestSum));
        }

        return best;
    }

    private double[] Measured(IReadOnlyList<JudgedRankings> questions, Judgments judgments, double weight)
    {
        // A document has the rank of its best passage.
        var rankings = questions.ToDictionary(
            Id,
            question => (IReadOnlyList<string>)[.. policy.Fuse(question.Keyword, question.Vector, weight)
                .Select(chunk => question.Documents.GetValueOrDefault(chunk.Chunk)).OfType<string>().Distinct(StringComparer.Ordinal)],
            StringComparer.Ordinal);
        return [.. RetrievalEvaluator.Evaluate(judgments, Run.FromRankings(rankings), [Ndcg]).ValuesOf(Ndcg)];
    }

    private static string Id(JudgedRankings question) => question.Question.ToString("D6", CultureInfo.InvariantCulture);
}
