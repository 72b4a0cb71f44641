using System.Globalization;
using System.Text;

namespace Slipway.Evaluation;

/// <summary>A file is not what its format says. The message names the file and, line by line, the first problems.</summary>
public sealed class InvalidEvaluationFileException : Exception
{
    /// <summary>How many problems are listed at most; the rest is counted.</summary>
    public const int MostListed = 20;

    internal InvalidEvaluationFileException(string file, IReadOnlyList<FileProblem> problems, long problemCount)
        : base(Describe(file, problems, problemCount))
    {
        File = file;
        Problems = problems;
        ProblemCount = problemCount;
    }

    /// <summary>The file, as it was named to the reader.</summary>
    public string File { get; }

    /// <summary>The first problems, at most <see cref="MostListed"/>.</summary>
    public IReadOnlyList<FileProblem> Problems { get; }

    /// <summary>The number of all problems.</summary>
    public long ProblemCount { get; }

    private static string Describe(string file, IReadOnlyList<FileProblem> problems, long count)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{file}: {count} {(count == 1 ? "problem" : "problems")}");
        foreach (var problem in problems) text.Append("\n  ").Append(problem);
        if (count > problems.Count) text.Append(CultureInfo.InvariantCulture, $"\n  and {count - problems.Count} more");
        return text.ToString();
    }
}
