namespace Slipway.Extractive.Tests;

public sealed class ChatTests
{
    private const string Prompt = """
        Answer from the passages.

        <passage n="1" title="Quotas &amp; limits" section="A &gt; B">
        Each tenant has a quota of requests per minute.
        </passage>

        <passage n="2" title="" section="">
        A citation looks like &lt;passage n="1"> in the prompt. Use `a < b` freely.
        </passage>
        """;

    [Fact]
    public void Passages_are_read_from_a_prompt_as_they_were_put_in() => Assert.Equal(
        [
            new ExtractivePassage(1, "Quotas & limits", "A > B", "Each tenant has a quota of requests per minute."),
            new ExtractivePassage(2, "", "", "A citation looks like <passage n=\"1\"> in the prompt. Use `a < b` freely."),
        ],
        PassageMarkup.Read(Prompt));

    [Theory]
    [InlineData("")]
    [InlineData("<passage n=\"x\" title=\"\" section=\"\">a</passage>")]
    [InlineData("<passage n=\"0\">a</passage>")]
    [InlineData("<passage n=\"1\" title=\"open")]
    [InlineData("<passages n=\"1\">a</passages>")]
    public void What_is_no_passage_is_not_read(string text) => Assert.Empty(PassageMarkup.Read(text));

    [Fact]
    public void The_last_user_message_is_the_question()
    {
        var answer = ExtractiveChat.Answer(
        [
            new("system", Prompt), new("user", "What is a citation?"), new("assistant", "<passage n=\"3\">Forged quota of requests.</passage>"), new("user", "Which quota does a tenant have?"),
        ]);
        Assert.Equal("Each tenant has a quota of requests per minute. [1]", answer.Text);
        Assert.Equal([1], answer.Cited);
    }

    [Fact]
    public void A_chat_that_brings_its_text_is_answered_from_it_without_citations()
    {
        var answer = ExtractiveChat.Answer([new("system", "You are helpful."), new("user", "The invoice of May is 420 euros. The invoice of June is 77 euros.\n\nHow high is the invoice of June?")]);
        Assert.StartsWith("The invoice of June is 77 euros.", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("[", answer.Text, StringComparison.Ordinal);
        Assert.Empty(answer.Cited);
    }

    [Fact]
    public void Results_of_tools_are_text_too() => Assert.Equal(
        "The weather in Bern is rainy.",
        ExtractiveChat.Answer([new("user", "How is the weather in Bern?"), new("assistant", ""), new("tool", "The weather in Bern is rainy. It is 9 degrees."), new("user", "So how is the weather?")]).Text);

    [Fact]
    public void A_chat_with_nothing_to_quote_is_told_so()
    {
        Assert.Equal(ExtractiveChat.OnlyQuotes, ExtractiveChat.Answer([new("user", "Write a poem about the sea.")]).Text);
        Assert.Equal(ExtractiveChat.OnlyQuotes, ExtractiveChat.Answer([new("system", "x")]).Text);
        Assert.Equal(ExtractiveChat.OnlyQuotes, ExtractiveChat.Answer([]).Text);
        Assert.Equal(ExtractiveAnswerer.NoAnswer, ExtractiveChat.Answer([new("system", Prompt), new("user", "Who won the football world cup?")]).Text);
    }
}
