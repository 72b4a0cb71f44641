using System.Globalization;

namespace Slipway.Evaluation;

/// <summary>A report as a table for a terminal. Lines end with LF, numbers are invariant, means have four decimals as trec_eval prints them.</summary>
public static class TextReport
{
    private static readonly string[] Heads = ["measure", "mean", "queries", "floor", "result"];

    /// <summary>The report as text.</summary>
    public static string Format(EvaluationReport report)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        Write(report, writer);
        return writer.ToString();
    }

    /// <summary>Writes the report.</summary>
    public static void Write(EvaluationReport report, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(writer);
        var evaluation = report.Evaluation;
        Line(writer, $"{report.Name}, run {evaluation.RunTag}");
        Line(writer, string.Create(
            CultureInfo.InvariantCulture,
            $"queries: {evaluation.Queries.Count} measured, of these without results {evaluation.QueriesWithoutResults} (score 0); no relevant judgment {evaluation.QueriesWithoutRelevant} (left out); not judged {evaluation.UnjudgedQueries} (ignored)"));
        Line(writer, "");
        string[][] rows = [Heads, .. report.Measures.Select(Row)];
        var widths = Enumerable.Range(0, Heads.Length).Select(i => rows.Max(r => r[i].Length)).ToArray();
        foreach (var row in rows) Line(writer, string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    private static string[] Row(ReportedMeasure measure) =>
    [
        measure.Measure.Name,
        measure.Mean?.ToString("F4", CultureInfo.InvariantCulture) ?? "-",
        measure.Queries.ToString(CultureInfo.InvariantCulture),
        measure.Floor?.ToString(CultureInfo.InvariantCulture) ?? "-",
        measure.Explanation,
    ];

    private static void Line(TextWriter writer, string text) => writer.Write(text + "\n");
}
