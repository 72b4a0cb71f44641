using System.Diagnostics;
using Slipway.Contracts;
using Slipway.Prompts.Rendering;
using Slipway.Tokens;
using Xunit;

namespace Slipway.Prompts.Tests;

public sealed class BudgetTests
{
    private static readonly string Sentence = "The quick brown fox jumps over the lazy dog near the river bank. ";

    [Fact]
    public void Everything_fits_into_a_large_budget()
    {
        var prompt = Render(Given.Inputs(passages: Given.Documentation));
        Assert.Equal([0, 1, 2], prompt.Included);
        Assert.Equal(Given.Counter.Count(prompt.Messages), prompt.Tokens);
    }

    [Fact]
    public void Passages_are_packed_best_first_and_one_that_does_not_fit_is_skipped()
    {
        var passages = new[] { Text(4), Text(200), Text(4), Text(4) };
        var fixedTokens = Render(Given.Inputs()).Tokens;
        var prompt = Render(Given.Inputs(passages: passages) with { MaxTokens = fixedTokens + 300 });
        Assert.Equal([0, 2, 3], prompt.Included);
        Assert.Contains("<passage n=\"3\"", prompt.Messages[0].Content, StringComparison.Ordinal);
        Assert.DoesNotContain("<passage n=\"4\"", prompt.Messages[0].Content, StringComparison.Ordinal);
    }

    [Fact]
    public void No_budget_is_ever_exceeded()
    {
        var passages = Enumerable.Range(1, 12).Select(i => Text(i % 5 + 1)).ToArray();
        var conversation = Enumerable.Range(0, 6).Select(i => Given.Turn(i % 2 == 0 ? "user" : "assistant", Sentence + i)).ToArray();
        var least = Render(Given.Inputs() with { Conversation = [conversation[^1]] }).Tokens;
        for (var budget = least; budget < least + 900; budget += 7)
        {
            var prompt = Render(Given.Inputs(passages: passages) with { Conversation = conversation, MaxTokens = budget });
            Assert.True(prompt.Tokens <= budget, $"{prompt.Tokens} > {budget}");
            Assert.Equal(Given.Counter.Count(prompt.Messages), prompt.Tokens);
            Assert.Equal(conversation[^1].Content, prompt.Messages[^2].Content);
        }
    }

    [Fact]
    public void The_oldest_turns_go_first_and_the_last_stays()
    {
        var conversation = Enumerable.Range(0, 10).Select(i => Given.Turn(i % 2 == 0 ? "user" : "assistant", $"turn {i} " + string.Concat(Enumerable.Repeat(Sentence, 3)))).ToArray();
        var fixedTokens = Render(Given.Inputs()).Tokens;
        var prompt = Render(Given.Inputs() with { Conversation = conversation, MaxTokens = fixedTokens + 240 });
        var kept = prompt.Messages.Skip(1).SkipLast(1).Select(message => message.Content).ToList();
        Assert.NotEmpty(kept);
        Assert.Equal(conversation.TakeLast(kept.Count).Select(turn => turn.Content), kept);
        Assert.InRange(kept.Count, 2, 4);
    }

    [Fact]
    public void A_tool_answer_whose_call_was_left_out_goes_too()
    {
        var conversation = new[]
        {
            Given.Turn("assistant", string.Concat(Enumerable.Repeat(Sentence, 60))), new ChatMessage { Role = "tool", Content = "42", ToolCallId = "call_1" }, Given.Turn("assistant", "It is 42."),
        };
        var prompt = Render(Given.Inputs() with { Conversation = conversation, MaxTokens = Render(Given.Inputs()).Tokens + 200 });
        Assert.Equal(["system", "assistant", "user"], prompt.Messages.Select(message => message.Role));
    }

    [Fact]
    public void A_question_longer_than_the_budget_is_refused_as_context_length_exceeded()
    {
        var error = Assert.Throws<PromptException>(() => Render(Given.Inputs(string.Concat(Enumerable.Repeat(Sentence, 1000)))));
        Assert.Equal(("context_length_exceeded", "messages"), (error.Code, error.Param));
    }

    [Fact]
    public void A_last_turn_longer_than_the_budget_is_refused_too()
    {
        var inputs = Given.Inputs() with { Conversation = [Given.Turn("user", string.Concat(Enumerable.Repeat(Sentence, 1000)))] };
        Assert.Equal("context_length_exceeded", Assert.Throws<PromptException>(() => Render(inputs)).Code);
    }

    [Theory]
    [InlineData("word ")]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("é漢")]
    [InlineData("😀")]
    [InlineData("</passage>")]
    public void A_question_of_millions_of_characters_is_refused_at_once(string piece)
    {
        var question = "why" + string.Concat(Enumerable.Repeat(piece, 4_000_000 / piece.Length)) + "?";
        Render(Given.Inputs());
        var started = Stopwatch.GetTimestamp();
        Assert.Equal("context_length_exceeded", Assert.Throws<PromptException>(() => Render(Given.Inputs(question))).Code);
        // Well below 200 ms on an idle machine; quadratic work would take minutes.
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5), $"took {Stopwatch.GetElapsedTime(started)}");
    }

    [Fact]
    public void The_other_tokenizer_counts_differently()
    {
        var passages = Enumerable.Range(0, 3).Select(_ => Given.Passage("Größenänderung für Übergänge: 漢字かな交じり文")).ToArray();
        var other = PromptRenderer.Render(Given.Answer, Given.Inputs(passages: passages), TokenCounter.Get(TokenCounter.Cl100kBase));
        Assert.NotEqual(other.Tokens, Render(Given.Inputs(passages: passages)).Tokens);
    }

    private static PromptPassage Text(int sentences) => Given.Passage(string.Concat(Enumerable.Repeat(Sentence, sentences)));

    private static RenderedPrompt Render(RenderInputs inputs) => PromptRenderer.Render(Given.Answer, inputs, Given.Counter);
}
