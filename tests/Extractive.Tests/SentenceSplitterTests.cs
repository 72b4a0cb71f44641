namespace Slipway.Extractive.Tests;

public sealed class SentenceSplitterTests
{
    [Theory]
    [InlineData("One. Two! Three? Four", "One.|Two!|Three?|Four")]
    [InlineData("Use e.g. Redis or i.e. Garnet. Done.", "Use e.g. Redis or i.e. Garnet.|Done.")]
    [InlineData("The p95 is 2.5 s. It rose by 0.3 %.", "The p95 is 2.5 s.|It rose by 0.3 %.")]
    [InlineData("See Smith et al. Nature 2019. Next.", "See Smith et al. Nature 2019.|Next.")]
    [InlineData("Dr. J. Doe agreed. Fig. 3 shows it.", "Dr. J. Doe agreed.|Fig. 3 shows it.")]
    [InlineData("Run version 1.2.3 now. (It works.) Good.", "Run version 1.2.3 now.|(It works.)|Good.")]
    [InlineData("The answer is no. Ask again. See no. 7 of the list.", "The answer is no.|Ask again.|See no. 7 of the list.")]
    [InlineData("He said \"stop.\" Then he left.", "He said \"stop.\"|Then he left.")]
    [InlineData("Is it so?! Yes... it is.", "Is it so?!|Yes... it is.")]
    [InlineData("slipway.json is read. see below", "slipway.json is read. see below")]
    [InlineData("a line\nbroken in two. And\nmore.", "a line broken in two.|And more.")]
    public void Text_is_split_where_sentences_end(string text, string expected) =>
        Assert.Equal(expected.Split('|'), SentenceSplitter.Split(text).Select(sentence => sentence.Text));

    [Fact]
    public void Markdown_is_split_by_its_structure()
    {
        const string text = """
            # Releases

            A release **binds** what answers: see [prompts](../prompts.md) and _models_.

            1. Make a release. It gets a name.
            2. Activate it

            - [only a link](x.md)
            > A quoted line.

            | field | what |
            |---|---|
            | `rpm` | requests per minute |

            ```bash
            slipway release rollback
            ```
            ---
            The end
            """;
        Assert.Equal(
            [
                new Sentence("A release binds what answers: see prompts and models.", SentenceKind.Text),
                new Sentence("Make a release.", SentenceKind.Item),
                new Sentence("It gets a name.", SentenceKind.Text),
                new Sentence("Activate it", SentenceKind.Item),
                new Sentence("A quoted line.", SentenceKind.Text),
                new Sentence("`rpm`: requests per minute", SentenceKind.Row),
                new Sentence("slipway release rollback", SentenceKind.Code),
                new Sentence("The end", SentenceKind.Text),
            ],
            SentenceSplitter.Split(text));
    }

    [Theory]
    [InlineData("Shown before [12]. And [1, 2] again [3–5].", "Shown before. And again.")]
    [InlineData("Read `items[0]` or a[1] of [1](link).", "Read `items[0]` or a[1] of 1.")]
    [InlineData("snake_case_name and 2 * 3 * 4 stay", "snake_case_name and 2 * 3 * 4 stay")]
    public void Footnotes_go_and_code_stays(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', SentenceSplitter.Split(text).Select(sentence => sentence.Text)));

    [Fact]
    public void A_code_block_that_a_chunk_cuts_is_kept_and_an_endless_one_is_not()
    {
        Assert.Equal([new Sentence("ls", SentenceKind.Code)], SentenceSplitter.Split("```\nls"));
        Assert.Empty(SentenceSplitter.Split("```\n" + new string('x', 5000) + "\n```"));
    }

    [Fact]
    public void Nothing_and_a_table_alone_are_no_trouble()
    {
        Assert.Empty(SentenceSplitter.Split(""));
        Assert.Empty(SentenceSplitter.Split("\n\n## Heading\n\n"));
        Assert.Equal(["a: b"], SentenceSplitter.Split("| a | b |").Select(sentence => sentence.Text));
        Assert.All(SentenceSplitter.Split("|\n||\n| |\n:\n."), sentence => Assert.NotEqual("", sentence.Text));
    }

    [Theory]
    [InlineData("releases", "release")]
    [InlineData("caching", "caches")]
    [InlineData("stopped", "stop")]
    [InlineData("queries", "query")]
    [InlineData("deployments", "deployed")]
    [InlineData("mutations", "mutation")]
    public void Forms_of_a_word_share_a_term(string one, string other) => Assert.Equal(Terms.Stem(one).ToString(), Terms.Stem(other).ToString());

    [Fact]
    public void Terms_have_one_number_each_and_stop_words_none()
    {
        var terms = new Terms();
        Assert.Equal([0, 1, 0, 2], terms.Of("The Release of a cache: RELEASES, 7"));
        Assert.True(terms.IsWeak(terms.Of("take")[0]));
        Assert.False(terms.IsWeak(0));
    }
}
