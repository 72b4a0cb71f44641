using System.Globalization;
using System.Text.Json;

namespace Slipway.Retrieval.Tests.Judged;

/// <summary>A question and the documents that were judged for it, with their grades: 0 is not relevant.</summary>
internal sealed record JudgedQuestion(string Id, string Text, IReadOnlyDictionary<string, int> Grades);

/// <summary>Reads questions and judgments in BEIR's form: JSON lines of <c>_id</c> and <c>text</c>; a TSV with the header <c>query-id corpus-id score</c>.</summary>
internal static class JudgedQuestions
{
    public const string Header = "query-id\tcorpus-id\tscore";

    /// <summary>The questions that have judgments, in the order of the file of questions.</summary>
    public static IReadOnlyList<JudgedQuestion> Read(string questions, string judgments)
    {
        var grades = ReadJudgments(judgments).ToLookup(row => row.Question);
        return
        [
            .. ReadQuestions(questions)
                .Where(question => grades.Contains(question.Id))
                .Select(question => new JudgedQuestion(question.Id, question.Text, grades[question.Id].ToDictionary(row => row.Document, row => row.Grade, StringComparer.Ordinal))),
        ];
    }

    public static IEnumerable<(string Id, string Text)> ReadQuestions(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            using var json = JsonDocument.Parse(line);
            yield return (json.RootElement.GetProperty("_id").GetString()!, json.RootElement.GetProperty("text").GetString()!);
        }
    }

    public static IEnumerable<(string Question, string Document, int Grade)> ReadJudgments(string path) => File.ReadLines(path)
        .Skip(1)
        .Select(line => line.Split('\t'))
        .Select(row => (row[0], row[1], int.Parse(row[2], CultureInfo.InvariantCulture)));
}
