using System.Globalization;
using System.Xml;

namespace Slipway.Evaluation;

/// <summary>
/// A report as JUnit XML, which CI systems show: one test case for each measure with a floor, a failure when the mean is below it, an error when there is no data.
/// Measures without a floor are properties of the suite. Without any floor the suite has no test case.
/// </summary>
public static class JUnitReport
{
    /// <summary>Writes the report to a stream, which stays open.</summary>
    public static void Write(EvaluationReport report, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(stream);
        var cases = report.Measures.Where(m => m.Outcome != FloorOutcome.NoFloor).ToList();
        using var xml = XmlWriter.Create(stream, new XmlWriterSettings { Encoding = WholeFile.Encoding, Indent = true, NewLineChars = "\n", CloseOutput = false });
        xml.WriteStartDocument();
        xml.WriteStartElement("testsuites");
        WriteCounts(xml, cases);
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", Clean(report.Name));
        WriteCounts(xml, cases);
        WriteProperties(xml, report);
        foreach (var measure in cases) WriteCase(xml, report, measure);
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndDocument();
    }

    private static void WriteCounts(XmlWriter xml, List<ReportedMeasure> cases)
    {
        xml.WriteAttributeString("tests", Number(cases.Count));
        xml.WriteAttributeString("failures", Number(cases.Count(m => m.Outcome == FloorOutcome.BelowFloor)));
        xml.WriteAttributeString("errors", Number(cases.Count(m => m.Outcome == FloorOutcome.NoData)));
        xml.WriteAttributeString("skipped", "0");
        xml.WriteAttributeString("time", "0");
    }

    private static void WriteProperties(XmlWriter xml, EvaluationReport report)
    {
        xml.WriteStartElement("properties");
        WriteProperty(xml, "run", Clean(report.Evaluation.RunTag));
        WriteProperty(xml, "queries.measured", Number(report.Evaluation.Queries.Count));
        WriteProperty(xml, "queries.without_relevant", Number(report.Evaluation.QueriesWithoutRelevant));
        WriteProperty(xml, "queries.without_results", Number(report.Evaluation.QueriesWithoutResults));
        foreach (var measure in report.Measures)
        {
            if (measure.Mean is { } mean) WriteProperty(xml, measure.Measure.Name, mean.ToString("R", CultureInfo.InvariantCulture));
        }

        xml.WriteEndElement();
    }

    private static void WriteProperty(XmlWriter xml, string name, string value)
    {
        xml.WriteStartElement("property");
        xml.WriteAttributeString("name", name);
        xml.WriteAttributeString("value", value);
        xml.WriteEndElement();
    }

    private static void WriteCase(XmlWriter xml, EvaluationReport report, ReportedMeasure measure)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Clean(report.Name));
        xml.WriteAttributeString("name", string.Create(CultureInfo.InvariantCulture, $"{measure.Measure} >= {measure.Floor:R}"));
        xml.WriteAttributeString("time", "0");
        if (measure.Outcome is not FloorOutcome.Pass)
        {
            xml.WriteStartElement(measure.Outcome is FloorOutcome.BelowFloor ? "failure" : "error");
            xml.WriteAttributeString("type", measure.Outcome is FloorOutcome.BelowFloor ? "below_floor" : "no_data");
            xml.WriteAttributeString("message", measure.Explanation);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    // XML 1.0 has no way to write most control characters.
    private static string Clean(string text) =>
        string.Concat(text.EnumerateRunes().Select(r => r.Value < 0x20 || r.Value is 0xFFFE or 0xFFFF ? "\uFFFD" : r.ToString()));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
