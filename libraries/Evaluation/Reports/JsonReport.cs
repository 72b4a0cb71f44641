using System.Text.Encodings.Web;
using System.Text.Json;

namespace Slipway.Evaluation;

/// <summary>
/// A report as JSON, in snake_case and UTF-8: <c>name</c>, <c>run</c>, <c>passed</c> (null without a floor), <c>queries</c> (counts), <c>measures</c> (each with
/// <c>measure</c>, <c>mean</c>, <c>queries</c>, <c>floor</c>, <c>outcome</c>: no_floor, pass, below_floor or no_data) and <c>per_query</c> (each with <c>query_id</c> and <c>values</c>).
/// Numbers are the shortest that read back as the same.
/// </summary>
public static class JsonReport
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the report to a stream, which stays open.</summary>
    /// <param name="report">The report.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="perQuery">Whether the values of each query are written too.</param>
    public static void Write(EvaluationReport report, Stream stream, bool perQuery = true)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(stream);
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteString("name", report.Name);
            json.WriteString("run", report.Evaluation.RunTag);
            if (report.Passed is { } passed) json.WriteBoolean("passed", passed);
            else json.WriteNull("passed");
            WriteCounts(json, report.Evaluation);
            json.WriteStartArray("measures");
            foreach (var measure in report.Measures) WriteMeasure(json, measure);
            json.WriteEndArray();
            if (perQuery) WriteQueries(json, report);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }

    private static void WriteCounts(Utf8JsonWriter json, RetrievalEvaluation evaluation)
    {
        json.WriteStartObject("queries");
        json.WriteNumber("judged", evaluation.JudgedQueries);
        json.WriteNumber("measured", evaluation.Queries.Count);
        json.WriteNumber("without_relevant", evaluation.QueriesWithoutRelevant);
        json.WriteNumber("without_results", evaluation.QueriesWithoutResults);
        json.WriteNumber("unjudged", evaluation.UnjudgedQueries);
        json.WriteEndObject();
    }

    private static void WriteMeasure(Utf8JsonWriter json, ReportedMeasure measure)
    {
        json.WriteStartObject();
        json.WriteString("measure", measure.Measure.Name);
        WriteNumber(json, "mean", measure.Mean);
        json.WriteNumber("queries", measure.Queries);
        WriteNumber(json, "floor", measure.Floor);
        json.WriteString("outcome", JsonNamingPolicy.SnakeCaseLower.ConvertName(measure.Outcome.ToString()));
        json.WriteEndObject();
    }

    private static void WriteQueries(Utf8JsonWriter json, EvaluationReport report)
    {
        var judged = report.Evaluation.Queries.ToDictionary(q => q.QueryId, StringComparer.Ordinal);
        var overlaps = report.Overlaps.Select(o => (o.Result.Measure, Queries: o.Queries.ToDictionary(q => q.QueryId, StringComparer.Ordinal))).ToList();
        json.WriteStartArray("per_query");
        foreach (var id in judged.Keys.Concat(overlaps.SelectMany(o => o.Queries.Keys)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("query_id", id);
            json.WriteStartObject("values");
            if (judged.TryGetValue(id, out var query))
            {
                for (var i = 0; i < query.Values.Count; i++) json.WriteNumber(report.Evaluation.Measures[i].Measure.Name, query.Values[i]);
            }

            foreach (var (measure, queries) in overlaps)
            {
                if (queries.TryGetValue(id, out var overlap)) json.WriteNumber(measure.Name, overlap.Recall);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
