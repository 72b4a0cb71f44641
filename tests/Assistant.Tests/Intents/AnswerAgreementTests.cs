using Slipway.Assistant.Citations;
using Slipway.Assistant.Intents;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Intents;

public sealed class AnswerAgreementTests
{
    [Fact]
    public void The_same_text_agrees_whatever_it_cites() => Assert.True(AnswerAgreement.Agrees(Make("Yes.", "model", "a"), Make(" yes. ", "model", "b"), similarity: 0));

    [Fact]
    public void Quotes_agree_when_they_cite_mostly_the_same()
    {
        Assert.True(AnswerAgreement.Agrees(Make("One.", "extractive", "a", "b"), Make("Two.", "extractive", "a"), null));
        Assert.False(AnswerAgreement.Agrees(Make("One.", "extractive", "a", "b", "c"), Make("Two.", "extractive", "a"), null));
        Assert.False(AnswerAgreement.Agrees(Make("One.", "extractive"), Make("Two.", "extractive"), null));
    }

    [Fact]
    public void Written_answers_agree_when_their_vectors_are_near_and_they_cite_mostly_the_same()
    {
        Assert.True(AnswerAgreement.Agrees(Make("Keys are revoked by hand.", "openai", "a"), Make("You revoke a key yourself.", "openai", "a"), 0.9));
        Assert.False(AnswerAgreement.Agrees(Make("Keys are revoked by hand.", "openai", "a"), Make("Keys expire.", "openai", "a"), 0.5));
        Assert.False(AnswerAgreement.Agrees(Make("Keys are revoked by hand.", "openai", "a"), Make("You revoke a key yourself.", "openai", "b"), 0.9));
    }

    [Fact]
    public void Without_vectors_words_decide()
    {
        Assert.True(AnswerAgreement.Agrees(Make("Keys are revoked by hand.", "openai"), Make("A key is revoked by hand.", "openai"), null));
        Assert.False(AnswerAgreement.Agrees(Make("Keys are revoked by hand.", "openai"), Make("Nobody knows that.", "openai"), null));
    }

    private static Answer Make(string text, string provider, params string[] chunks) => new()
    {
        Text = text,
        Citations = [.. chunks.Select((chunk, index) => new Citation(index + 1, chunk, chunk, "", "", 0, 1, 1))],
        Confidence = 1,
        Review = false,
        Model = provider,
        Provider = provider,
        FinishReason = "stop",
        Usage = new Usage(),
    };
}
