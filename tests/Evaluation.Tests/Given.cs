using System.Globalization;
using System.Text;

namespace Slipway.Evaluation.Tests;

/// <summary>Small inputs in few words.</summary>
internal static class Given
{
    /// <summary>"q1: a=2 b=0; q2: c=1"</summary>
    public static Judgments Judgments(string text) => new(Parse(text).Select(t => new Judgment(t.Query, t.Document, int.Parse(t.Value, CultureInfo.InvariantCulture))));

    /// <summary>"q1: a=0.9 b=0.5; q2: c=1"</summary>
    public static Run Run(string text, string tag = "test") =>
        new(Parse(text).Select(t => new RunEntry(t.Query, t.Document, double.Parse(t.Value, CultureInfo.InvariantCulture))), tag);

    public static RetrievalEvaluation Evaluation(string judgments, string run, params Measure[] measures) =>
        RetrievalEvaluator.Evaluate(Judgments(judgments), Run(run), measures);

    public static double Mean(string judgments, string run, string measure) =>
        Evaluation(judgments, run, Measure.Parse(measure)).Measures[0].Mean!.Value;

    public static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static IEnumerable<(string Query, string Document, string Value)> Parse(string text) =>
        from query in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        let parts = query.Split(':', StringSplitOptions.TrimEntries)
        from pair in parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)
        let at = pair.Split('=')
        select (parts[0], at[0], at[1]);
}
