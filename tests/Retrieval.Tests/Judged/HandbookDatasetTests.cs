using Slipway.Evaluation;
using Slipway.Retrieval.Seeding;
using Xunit;

namespace Slipway.Retrieval.Tests.Judged;

/// <summary>The dataset stays whole while the handbook changes. That ids are unique, and no page judged twice for a question, the files' readers see to.</summary>
public sealed class HandbookDatasetTests
{
    private static EvaluationQuery[] Questions => [.. BeirQueriesFile.Read(HandbookDataset.Questions)];
    private static Judgment[] Judgments => [.. BeirQrelsFile.ReadEntries(HandbookDataset.Judgments)];

    private static string[] Pages =>
        [.. SeedFolder.Read(HandbookDataset.Pages, (id, reason) => Assert.Fail($"{id}: {reason}")).Select(page => page.Id)];

    [Fact]
    public void There_are_at_least_120_questions_and_no_two_are_the_same()
    {
        var questions = Questions;
        Assert.True(questions.Length >= 120, $"There are {questions.Length} questions.");
        Assert.Equal(questions.Length, questions.DistinctBy(question => question.Text.Trim(), StringComparer.OrdinalIgnoreCase).Count());
        Assert.DoesNotContain(questions, question => string.IsNullOrWhiteSpace(question.Text));
    }

    [Fact]
    public void Every_judgment_is_a_grade_of_1_or_2_for_a_known_question_and_a_page_that_exists()
    {
        Assert.Empty(Judgments.Select(row => row.QueryId).Except(Questions.Select(question => question.Id)));
        Assert.Empty(Judgments.Select(row => row.DocumentId).Except(Pages));
        Assert.All(Judgments, row => Assert.InRange(row.Relevance, 1, 2));
    }

    [Fact]
    public void Every_question_has_a_page_that_answers_it() =>
        Assert.Empty(Questions.Select(question => question.Id).Except(Answers().Select(row => row.QueryId)));

    [Fact]
    public void Every_page_answers_a_question() => Assert.Empty(Pages.Except(Answers().Select(row => row.DocumentId)));

    [Fact]
    public void No_question_is_copied_from_a_heading()
    {
        var headings = Pages.SelectMany(page => File.ReadLines(Path.Combine(HandbookDataset.Pages, page)))
            .Where(line => line.StartsWith('#'))
            .Select(Words)
            .ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(Questions, question => headings.Contains(Words(question.Text)));
    }

    private static IEnumerable<Judgment> Answers() => Judgments.Where(row => row.Relevance == 2);

    private static string Words(string text) =>
        string.Join(' ', new string([.. text.Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
