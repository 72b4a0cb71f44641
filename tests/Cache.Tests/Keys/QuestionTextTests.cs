using Slipway.Cache.Keys;

namespace Slipway.Cache.Tests.Keys;

public sealed class QuestionTextTests
{
    [Theory]
    [InlineData("How do I roll back a release?", "how do i roll back a release")]
    [InlineData("  how do I   roll\tback a release??  ", "how do I roll back a release")]
    [InlineData("How do I roll back a release?!", "how do i roll back a release.")]
    [InlineData("ｈｏｗ do\u00A0I\u3000roll back a release？", "how do I roll back a release")]
    [InlineData("Why can’t I log in?", "why can't I log in")]
    [InlineData("ÄRGER or Ärger?", "ÄRGER or ärger")]
    [InlineData("A release (Canary) failed.", "a release (canary) failed")]
    [InlineData("What is in version 1.2?", "what is in version 1.2")]
    [InlineData("Is Redis, or Garnet, needed?", "is redis, or garnet, needed")]
    public void Spellings_of_one_question_are_one(string one, string other) => Assert.Equal(QuestionText.Normalise(one), QuestionText.Normalise(other));

    [Theory]
    [InlineData("can I delete a tenant", "can't I delete a tenant")]
    [InlineData("can I delete a tenant", "can I not delete a tenant")]
    [InlineData("what costs 10 requests", "what costs 100 requests")]
    [InlineData("what is 1.5 times 2", "what is 15 times 2")]
    [InlineData("what is 2⁵", "what is 25")]
    [InlineData("what is ½ of 4", "what is 12 of 4")]
    [InlineData("what is 5!", "what is 5")]
    [InlineData("what is n!", "what is n")]
    [InlineData("from A to B", "from B to A")]
    [InlineData("what is -5 plus 2", "what is 5 plus 2")]
    [InlineData("is a > b", "is a < b")]
    [InlineData("power of 5 MW", "power of 5 mW")]
    [InlineData("power of 5MW", "power of 5mW")]
    [InlineData("is 5 M enough", "is 5 m enough")]
    [InlineData("who is IT", "who is it")]
    [InlineData("rules in the US", "rules in the us")]
    [InlineData("what does iOS do", "what does ios do")]
    [InlineData("what is a.b", "what is ab")]
    [InlineData("what is a,b", "what is ab")]
    [InlineData("what is 5%", "what is 5")]
    [InlineData("what does $ mean", "what does € mean")]
    [InlineData("what does ?? do in a ?? b", "what does do in a b")]
    [InlineData("what is the operator ?", "what is the operator !")]
    [InlineData("what is the operator ?", "what is the operator")]
    [InlineData("what does `List` do", "what does `list` do")]
    [InlineData("how do I split on \"  \"", "how do I split on \" \"")]
    [InlineData("if x:\n  a\nb", "if x:\n  a\n  b")]
    [InlineData("resume", "résumé")]
    [InlineData("email us", "e-mail us")]
    [InlineData("who can reach us", "who can reach u s")]
    public void Questions_that_may_have_different_answers_stay_two(string one, string other) => Assert.NotEqual(QuestionText.Normalise(one), QuestionText.Normalise(other));

    [Theory]
    [InlineData("???")]
    [InlineData("…")]
    [InlineData("!")]
    [InlineData("\uD83D")]
    [InlineData("A")]
    [InlineData("🙂 Hello. 🙂?")]
    public void Odd_questions_have_a_form_too(string question)
    {
        var once = QuestionText.Normalise(question);
        Assert.NotEmpty(once);
        Assert.Equal(once, QuestionText.Normalise(once));
    }

    [Fact]
    public void What_is_normal_already_is_not_copied()
    {
        const string question = "how do i roll back a release";
        Assert.Same(question, QuestionText.Normalise(question));
    }
}
