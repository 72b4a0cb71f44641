using System.Globalization;
using Slipway.Testing;

namespace Slipway.Evaluation.Tests;

public sealed class TrecFileTests
{
    [Fact]
    public void A_run_is_read_by_its_scores_and_the_rank_column_has_no_say()
    {
        var entries = TrecRunFile.ReadEntries(Given.Bytes("1 Q0 a 1 0.5 bm25\n1\tQ0\tb\t99\t7e-1\tbm25\r\n  1  Q0  c  0  -3 bm25 \n"), "run");
        Assert.Equal(["b", "a", "c"], new Run(entries).Ranked("1").Select(d => d.DocumentId));
    }

    [Fact]
    public void A_run_round_trips_with_its_tag_its_ties_and_every_bit_of_its_scores()
    {
        using var folder = new TempFolder();
        var run = new Run([new RunEntry("q2", "ä", 0.1 + 0.2), new RunEntry("q10", "x", double.Epsilon), new RunEntry("q10", "y", -1e300), new RunEntry("q10", "z", double.Epsilon)], "my-run");
        TrecRunFile.Write(folder.File("run"), run);
        var back = TrecRunFile.Read(folder.File("run"));
        Assert.Equal("my-run", back.Tag);
        Assert.Equal(run.Entries, back.Entries);
        Assert.Equal("q10 Q0 z 1 5E-324 my-run\nq10 Q0 x 2 5E-324 my-run\nq10 Q0 y 3 -1E+300 my-run\nq2 Q0 ä 1 0.30000000000000004 my-run\n", File.ReadAllText(folder.File("run")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Judgments_round_trip_with_negative_and_high_grades()
    {
        using var folder = new TempFolder();
        var judgments = Given.Judgments("q1: a=1 b=-2 c=0; q2: a=2147483647");
        TrecQrelsFile.Write(folder.File("qrels"), judgments);
        Assert.Equal("q1 0 a 1\nq1 0 b -2\nq1 0 c 0\nq2 0 a 2147483647\n", File.ReadAllText(folder.File("qrels")));
        Assert.Equal(judgments.Entries, TrecQrelsFile.Read(folder.File("qrels")).Entries);
        using var stream = new MemoryStream();
        TrecQrelsFile.Write(stream, judgments);
        Assert.Equal(File.ReadAllBytes(folder.File("qrels")), stream.ToArray());
    }

    [Fact]
    public void A_culture_with_a_decimal_comma_changes_nothing()
    {
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        comma.NumberFormat.NegativeSign = "~";
        CultureInfo.CurrentCulture = comma;
        try
        {
            using var stream = new MemoryStream();
            TrecRunFile.Write(stream, new Run([new RunEntry("q", "a", -1.5)], "t"));
            stream.Position = 0;
            Assert.Equal(new RunEntry("q", "a", -1.5), Assert.Single(TrecRunFile.ReadEntries(stream, "run")));
            Assert.Equal("map >= 0.5", Floor.Parse("map >= 0.5").ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void All_bad_lines_of_a_run_are_named_at_once_with_line_field_and_reason()
    {
        var thrown = Assert.Throws<InvalidEvaluationFileException>(() => TrecRunFile.ReadEntries(Given.Bytes(
            "1 Q0 a 1 0.5 t\n1 Q0 b 2 abc t\n\n1 Q0 c x NaN t\n1 Q0 d 4 0.4\n1 Q1 e 5 0,3 t\n1 Q0 f -1 1e999 u\n1 Q0 a 8 0.1 t\n"), "run.txt").ToList());
        Assert.Equal("run.txt", thrown.File);
        Assert.Equal(
            [
                (2, "score", "'abc' is not a finite number"),
                (3, "line", "is empty"),
                (4, "rank", "'x' is not an integer"),
                (4, "score", "'NaN' is not a finite number"),
                (5, "line", "has 5 fields, not the 6 of 'qid Q0 docid rank score tag'"),
                (6, "Q0", "'Q1' is not Q0 or 0"),
                (6, "score", "'0,3' is not a finite number"),
                (7, "rank", "'-1' is below 0"),
                (7, "score", "'1e999' is not a finite number"),
                (7, "tag", "'u' is not 't' of line 1: one file holds one run"),
                (8, "docid", "'a' comes twice for qid '1': line 1 has it already"),
            ],
            thrown.Problems.Select(p => (p.Line, p.Field, p.Message)));
        Assert.StartsWith("run.txt: 11 problems\n  line 2, score: 'abc' is not a finite number\n", thrown.Message);
    }

    [Fact]
    public void All_bad_lines_of_judgments_are_named()
    {
        var thrown = Assert.Throws<InvalidEvaluationFileException>(() => TrecQrelsFile.ReadEntries(
            Given.Bytes("1 0 a 1\n1 0 b 1.0\n1 2 c 1\n1 0 a 0\n1 0 d 99999999999\n1 Q0 e 1\n1 0 f\u0007 1\n"), "qrels").ToList());
        Assert.Equal([(2, "rel"), (3, "0"), (4, "docid"), (5, "rel"), (7, "docid")], thrown.Problems.Select(p => (p.Line, p.Field)));
    }

    [Fact]
    public void Only_the_first_twenty_problems_are_listed_and_the_others_counted()
    {
        var text = string.Concat(Enumerable.Repeat("bad\n", 1000));
        var thrown = Assert.Throws<InvalidEvaluationFileException>(() => TrecQrelsFile.ReadEntries(Given.Bytes(text), "qrels").ToList());
        Assert.Equal((20, 1000), (thrown.Problems.Count, thrown.ProblemCount));
        Assert.EndsWith("line 20, line: has 1 field, not the 4 of 'qid 0 docid rel'\n  and 980 more", thrown.Message);
    }

    [Fact]
    public void A_line_that_is_not_utf8_is_one_bad_line_among_good_ones()
    {
        byte[] bytes = [.. "1 0 ä 1\n"u8, .. "1 0 "u8, 0xC3, 0x28, .. " 1\n"u8, .. "1 0 "u8, 0xED, 0xA0, 0x80, .. " 1\n1 0 b 1"u8];
        var read = new List<Judgment>();
        var thrown = Assert.Throws<InvalidEvaluationFileException>(() =>
        {
            foreach (var judgment in TrecQrelsFile.ReadEntries(new MemoryStream(bytes), "qrels")) read.Add(judgment);
        });
        Assert.Equal([(2, "is not valid UTF-8"), (3, "is not valid UTF-8")], thrown.Problems.Select(p => (p.Line, p.Message)));
        Assert.Equal(["ä", "b"], read.Select(j => j.DocumentId));
    }

    [Fact]
    public void A_byte_order_mark_and_a_last_line_without_an_end_are_read()
    {
        Assert.Equal([new Judgment("1", "a", 1), new Judgment("1", "b", 0)], TrecQrelsFile.ReadEntries(Given.Bytes("\uFEFF1 0 a 1\r\n1 0 b 0"), "qrels"));
    }

    [Fact]
    public void A_line_that_starts_with_a_number_sign_is_a_comment_as_for_trec_eval_10()
    {
        var text = "# made by hand\n1 0 a 1\n#\n1 0 #b 2\n # 0 c 1\n";
        Assert.Equal([new Judgment("1", "a", 1), new Judgment("1", "#b", 2), new Judgment("#", "c", 1)], TrecQrelsFile.ReadEntries(Given.Bytes(text), "qrels"));
        Assert.Equal("a", Assert.Single(TrecRunFile.ReadEntries(Given.Bytes("#\n1 Q0 a 1 1 t"), "run")).DocumentId);
        Assert.ThrowsAny<ArgumentException>(() => TrecQrelsFile.Write(Stream.Null, new Judgments([new Judgment("#1", "a", 1)])));
        Assert.ThrowsAny<ArgumentException>(() => TrecRunFile.Write(Stream.Null, new Run([new RunEntry("\uFEFF1", "a", 1)])));
    }

    [Fact]
    public void An_empty_file_is_a_run_without_results()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("run"), "");
        Assert.Equal((0, Run.DefaultTag), (TrecRunFile.Read(folder.File("run")).Count, TrecRunFile.Read(folder.File("run")).Tag));
        Assert.Throws<FileNotFoundException>(() => TrecRunFile.Read(folder.File("absent")));
    }

    [Fact]
    public void Files_are_read_as_a_stream_and_can_be_enumerated_again()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("qrels"), "1 0 a 1\n1 0 b 1\nbad\n");
        var entries = TrecQrelsFile.ReadEntries(folder.File("qrels"));
        Assert.Equal("a", entries.First().DocumentId);
        Assert.Equal(["a", "b"], entries.Take(2).Select(e => e.DocumentId));
        Assert.Throws<InvalidEvaluationFileException>(() => entries.Count());
    }

    [Fact]
    public void An_id_that_could_not_be_read_again_is_not_written_and_the_old_file_stays()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("run"), "old");
        foreach (var id in new[] { "a b", "a\tb", "a\nb", "\uD800" })
            Assert.ThrowsAny<ArgumentException>(() => TrecRunFile.Write(folder.File("run"), new Run([new RunEntry("q", id, 1)])));
        Assert.ThrowsAny<ArgumentException>(() => TrecRunFile.Write(folder.File("run"), new Run([new RunEntry("q", "a", 1)], "two words")));
        Assert.Equal("old", File.ReadAllText(folder.File("run")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Long_values_and_control_characters_are_shown_short_and_on_one_line()
    {
        var thrown = Assert.Throws<InvalidEvaluationFileException>(() => TrecQrelsFile.ReadEntries(Given.Bytes($"1 0 a {new string('9', 500)}\u001b\n"), "qrels").ToList());
        Assert.Equal($"'{new string('9', 60)}…' is not an integer", thrown.Problems[0].Message);
    }
}
