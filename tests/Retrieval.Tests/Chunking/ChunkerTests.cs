using System.Diagnostics;
using System.Text;
using Slipway.Retrieval.Chunking;
using Xunit;

namespace Slipway.Retrieval.Tests.Chunking;

public sealed class ChunkerTests
{
    private static readonly ChunkOptions Options = new();
    private static readonly Chunker Chunker = new(Options);

    private static string Sentence(int i) => $"Sentence number {i} says something about releases and caches. ";

    private static string Paragraph(int sentences, int from = 0) => string.Concat(Enumerable.Range(from, sentences).Select(Sentence)).Trim();

    [Fact]
    public void The_title_is_the_first_heading_of_level_one_and_headings_make_the_path()
    {
        var text = $"# The *handbook*\n\n{Paragraph(5)}\n\n## Caches\n\n{Paragraph(5)}\n\n### Two `tiers`\n\n{Paragraph(5)}\n\n## Releases ##\n\n{Paragraph(5)}\n";
        var chunked = Chunker.Markdown(text);
        Assert.Equal("The handbook", chunked.Title);
        Assert.Equal(
            ["The handbook", "The handbook > Caches", "The handbook > Caches > Two tiers", "The handbook > Releases"], chunked.Chunks.Select(chunk => chunk.Heading));
        Assert.StartsWith("## Caches", Passage(text, chunked.Chunks[1]), StringComparison.Ordinal);
    }

    [Fact]
    public void Setext_headings_count_and_a_rule_after_a_blank_line_does_not()
    {
        var text = $"Guide\n=====\n\n{Paragraph(5)}\n\nParts\n-----\n\n{Paragraph(5)}\n\n---\n\n{Paragraph(2)}\n";
        var chunked = Chunker.Markdown(text);
        Assert.Equal("Guide", chunked.Title);
        Assert.Equal(["Guide", "Guide > Parts"], chunked.Chunks.Select(chunk => chunk.Heading).Distinct());
    }

    [Fact]
    public void Front_matter_is_no_passage_and_its_title_serves_where_no_heading_does()
    {
        var text = $"---\ntitle: \"Quotas\"\nowner: edge\n---\n\n{Paragraph(3)}\n";
        var chunked = Chunker.Markdown(text);
        Assert.Equal("Quotas", chunked.Title);
        var chunk = Assert.Single(chunked.Chunks);
        Assert.DoesNotContain("owner", Passage(text, chunk), StringComparison.Ordinal);
    }

    [Fact]
    public void Code_and_tables_are_not_cut_where_they_fit_and_headings_inside_code_are_code()
    {
        var code = "```bash\n# not a heading\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"slipway retrieval eval --run {i}\n")) + "```\n";
        var table = "| a | b |\n|---|---|\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"| row {i} | value {i} |\n"));
        var text = $"# Commands\n\n{Paragraph(12)}\n\n{code}\n{Paragraph(12)}\n\n{table}\n{Paragraph(10)}\n";
        var passages = Chunker.Markdown(text).Chunks.Select(chunk => Passage(text, chunk)).ToList();
        Assert.Single(passages, passage => passage.Contains(code.Trim(), StringComparison.Ordinal));
        Assert.Single(passages, passage => passage.Contains(table.Trim(), StringComparison.Ordinal));
        Assert.All(Chunker.Markdown(text).Chunks, chunk => Assert.Equal("Commands", chunk.Heading));
    }

    [Fact]
    public void A_text_of_an_abstracts_length_is_one_chunk_and_longer_ones_are_cut_after_sentences_into_like_parts()
    {
        Assert.Single(Chunker.Plain(Paragraph(25)).Chunks);
        var text = Paragraph(70);
        var chunks = Chunker.Plain(text).Chunks;
        Assert.Equal((text.Length + Options.Part - 1) / Options.Part, chunks.Count);
        Assert.All(chunks, chunk => Assert.InRange(chunk.Length, Options.Part / 2, Options.Part));
        Assert.All(chunks, chunk => Assert.Equal('.', text[chunk.End - 1]));
    }

    [Fact]
    public void Small_sections_are_joined_under_the_headings_that_they_share()
    {
        var text = "# Reference\n\n## Errors\n\n### 404\n\nNothing is there.\n\n### 429\n\nToo many requests.\n";
        var chunk = Assert.Single(Chunker.Markdown(text).Chunks);
        Assert.Equal("Reference > Errors", chunk.Heading);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_the_text_chunks_hold_all_of_it_in_order_and_the_same_each_time(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var text = RandomText(random, round % 2 == 0);
            var chunks = (round % 3 == 0 ? Chunker.Plain(text) : Chunker.Markdown(text)).Chunks;
            var at = round % 3 == 0 ? 0 : FrontMatter.Find(text).End;
            foreach (var chunk in chunks)
            {
                Assert.True(chunk.Start >= at && chunk.End > chunk.Start && chunk.End <= text.Length);
                Assert.True(string.IsNullOrWhiteSpace(text[at..chunk.Start]), "text was left out");
                Assert.False(char.IsLowSurrogate(text[chunk.Start]), "a character was cut in two");
                Assert.False(char.IsWhiteSpace(text[chunk.Start]) || char.IsWhiteSpace(text[chunk.End - 1]));
                at = chunk.End;
            }

            Assert.True(string.IsNullOrWhiteSpace(text[at..]), "text was left out at the end");
            Assert.Equal(chunks, (round % 3 == 0 ? Chunker.Plain(text) : Chunker.Markdown(text)).Chunks);
        }
    }

    [Fact]
    public void One_line_without_a_space_is_cut_hard_and_never_inside_a_character()
    {
        var text = string.Concat(Enumerable.Repeat("😀", 100_000));
        var chunks = Chunker.Markdown(text).Chunks;
        Assert.Equal(text.Length, chunks.Sum(chunk => chunk.Length));
        Assert.All(chunks, chunk => Assert.False(char.IsLowSurrogate(text[chunk.Start])));
    }

    [Theory]
    [InlineData("headings")]
    [InlineData("one line")]
    [InlineData("open fence")]
    [InlineData("blank lines")]
    [InlineData("pipes")]
    public void Texts_of_a_hundred_thousand_parts_take_no_quadratic_time(string shape)
    {
        var text = Shape(shape, 100_000);
        var watch = Stopwatch.StartNew();
        var chunks = Chunker.Markdown(text).Chunks;
        // Takes about 50 ms; a quadratic pass would take minutes.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
        Assert.True(chunks.Count < text.Length / 100);
    }

    private static string Shape(string shape, int size) => shape switch
    {
        "headings" => string.Concat(Enumerable.Range(0, size).Select(i => $"{new string('#', 1 + (i % 6))} Section {i}\nText {i}.\n")),
        "one line" => string.Concat(Enumerable.Range(0, size).Select(i => $"word{i} ")),
        "open fence" => "```\n" + string.Concat(Enumerable.Range(0, size).Select(i => $"line {i}\n")),
        "blank lines" => "a" + new string('\n', size * 10) + "b",
        _ => string.Concat(Enumerable.Repeat("| a | b |\n\n", size)),
    };

    private static string Passage(string text, Chunk chunk) => text[chunk.Start..chunk.End];

    private static string RandomText(Random random, bool long_)
    {
        var text = new StringBuilder(random.Next(4) == 0 ? "---\ntitle: x\n---\n" : "");
        var pieces = random.Next(1, long_ ? 60 : 12);
        for (var i = 0; i < pieces; i++)
        {
            text.Append(random.Next(10) switch
            {
                0 => $"{new string('#', random.Next(1, 8))} Heading {i}\n",
                1 => "```\ncode {\n" + string.Concat(Enumerable.Range(0, random.Next(100)).Select(n => $"  call({n});\r\n")) + "```\n",
                2 => "| a | b |\n|--|--|\n" + string.Concat(Enumerable.Range(0, random.Next(50)).Select(n => $"| {n} | x |\n")),
                3 => "\n\n\n",
                4 => new string('x', random.Next(3000)) + "\n",
                5 => string.Concat(Enumerable.Repeat("🛳️ schön ", random.Next(300))) + "\n",
                6 => "Title\n===\n",
                _ => Paragraph(random.Next(1, 40), i) + (random.Next(2) == 0 ? "\n\n" : "\r\n"),
            });
        }

        return text.ToString();
    }
}
