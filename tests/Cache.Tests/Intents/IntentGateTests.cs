using Slipway.Cache.Intents.Gate;
using Slipway.Cache.Keys;

namespace Slipway.Cache.Tests.Intents;

public sealed class IntentGateTests
{
    [Fact]
    public void No_dangerous_pair_passes_in_either_direction()
    {
        var passed = IntentPair.Dangerous.Where(pair =>
            IntentGate.Compare(pair.Asked, pair.Known) == GateVerdict.Same || IntentGate.Compare(pair.Known, pair.Asked) == GateVerdict.Same);
        Assert.Empty(passed);
    }

    [Fact]
    public void No_dangerous_pair_has_one_exact_key() =>
        Assert.DoesNotContain(IntentPair.Dangerous, pair => QuestionText.Normalise(pair.Asked) == QuestionText.Normalise(pair.Known));

    [Fact]
    public void There_are_enough_dangerous_pairs_of_each_kind()
    {
        Assert.True(IntentPair.Dangerous.Count >= 270, $"{IntentPair.Dangerous.Count} pairs");
        Assert.All(IntentPair.Dangerous.GroupBy(pair => pair.Kind), kind => Assert.True(kind.Count() >= 10, kind.Key));
    }

    [Fact]
    public void Harmless_paraphrases_pass()
    {
        var kept = IntentPair.Harmless.Where(pair => IntentGate.Compare(pair.Asked, pair.Known) != GateVerdict.Same)
            .Select(pair => $"{CanonicalQuestion.Of(pair.Known).Text} | {CanonicalQuestion.Of(pair.Asked).Text}");
        Assert.Empty(kept);
    }

    [Fact]
    public void What_passes_does_so_in_both_directions_and_with_politeness_around_it()
    {
        foreach (var pair in IntentPair.Harmless)
        {
            Assert.Equal(GateVerdict.Same, IntentGate.Compare(pair.Known, pair.Asked));
            Assert.Equal(GateVerdict.Same, IntentGate.Compare("Hello, " + pair.Known, pair.Asked));
        }

        foreach (var pair in IntentPair.Dangerous)
            Assert.NotEqual(GateVerdict.Same, IntentGate.Compare("Hi there, " + pair.Known + " Thanks!", "Please " + pair.Asked));
    }

    [Theory]
    [InlineData("can I pay", "can't I pay", GateVerdict.Negation)]
    [InlineData("is 5 enough", "is 50 enough", GateVerdict.Number)]
    [InlineData("is it 5 km", "is it 5 miles", GateVerdict.Unit)]
    [InlineData("is it due today", "is it due tomorrow", GateVerdict.Time)]
    [InlineData("are all keys valid", "are some keys valid", GateVerdict.Quantifier)]
    [InlineData("should I eat before it", "should I eat after it", GateVerdict.Direction)]
    [InlineData("can I go", "must I go", GateVerdict.Modality)]
    [InlineData("when is it", "where is it", GateVerdict.QuestionWord)]
    [InlineData("is it up", "was it up", GateVerdict.Tense)]
    [InlineData("is my key valid", "is your key valid", GateVerdict.Person)]
    [InlineData("from Rome to Oslo", "from Oslo to Rome", GateVerdict.Order)]
    [InlineData("fly to Rome", "fly to Oslo", GateVerdict.Wording)]
    [InlineData("what does \"a\" mean", "what does \"a\" mean", GateVerdict.Incomparable)]
    [InlineData("one\nline", "one\nline", GateVerdict.Incomparable)]
    internal void The_gate_says_what_keeps_two_questions_apart(string known, string asked, GateVerdict verdict) => Assert.Equal(verdict, IntentGate.Compare(asked, known));

    [Fact]
    public void A_question_that_is_very_long_is_not_compared()
    {
        var text = string.Join(' ', Enumerable.Repeat("word", CanonicalQuestion.MaxWords + 1));
        Assert.Equal(GateVerdict.Incomparable, IntentGate.Compare(text, text));
    }
}
