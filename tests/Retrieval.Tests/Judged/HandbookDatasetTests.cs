using Slipway.Retrieval.Seeding;
using Xunit;

namespace Slipway.Retrieval.Tests.Judged;

/// <summary>The dataset stays whole while the handbook changes.</summary>
public sealed class HandbookDatasetTests
{
    private static readonly (string Id, string Text)[] Questions = [.. JudgedQuestions.ReadQuestions(HandbookDataset.Questions)];
    private static readonly (string Question, string Document, int Grade)[] Judgments = [.. JudgedQuestions.ReadJudgments(HandbookDataset.Judgments)];

    private static readonly string[] Pages =
        [.. SeedFolder.Read(HandbookDataset.Pages, (id, reason) => Assert.Fail($"{id}: {reason}")).Select(page => page.Id)];

    [Fact]
    public void There_are_at_least_120_questions_and_no_two_are_the_same()
    {
        Assert.True(Questions.Length >= 120, $"There are {Questions.Length} questions.");
        Assert.Equal(Questions.Length, Questions.DistinctBy(question => question.Id).Count());
        Assert.Equal(Questions.Length, Questions.DistinctBy(question => question.Text.Trim(), StringComparer.OrdinalIgnoreCase).Count());
        Assert.DoesNotContain(Questions, question => string.IsNullOrWhiteSpace(question.Text));
    }

    [Fact]
    public void Every_judgment_is_a_grade_of_1_or_2_for_a_known_question_and_a_page_that_exists()
    {
        Assert.Equal(JudgedQuestions.Header, File.ReadLines(HandbookDataset.Judgments).First());
        Assert.Empty(Judgments.Select(row => row.Question).Except(Questions.Select(question => question.Id)));
        Assert.Empty(Judgments.Select(row => row.Document).Except(Pages));
        Assert.All(Judgments, row => Assert.InRange(row.Grade, 1, 2));
        Assert.Equal(Judgments.Length, Judgments.DistinctBy(row => (row.Question, row.Document)).Count());
    }

    [Fact]
    public void Every_question_has_a_page_that_answers_it() =>
        Assert.Empty(Questions.Select(question => question.Id).Except(Answers().Select(row => row.Question)));

    [Fact]
    public void Every_page_answers_a_question() => Assert.Empty(Pages.Except(Answers().Select(row => row.Document)));

    [Fact]
    public void No_question_is_copied_from_a_heading()
    {
        var headings = Pages.SelectMany(page => File.ReadLines(Path.Combine(HandbookDataset.Pages, page)))
            .Where(line => line.StartsWith('#'))
            .Select(Words)
            .ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(Questions, question => headings.Contains(Words(question.Text)));
    }

    private static IEnumerable<(string Question, string Document, int Grade)> Answers() => Judgments.Where(row => row.Grade == 2);

    private static string Words(string text) =>
        string.Join(' ', new string([.. text.Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
