using Slipway.Assistant.Confidence;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Confidence;

public sealed class ConfidenceScoreTests
{
    private const string Question = "How is a release rolled back?";
    private const string Answer = "A release is rolled back with the rollback command [1].";
    private static readonly Passage Good = FakeRetrieval.Passage(1, "A release is rolled back with the rollback command.", vectorScore: 0.9);

    [Fact]
    public void Without_a_citation_it_is_zero() => Assert.Equal(0, ConfidenceScore.Of(Question, Answer, [], 0));

    [Fact]
    public void It_lies_between_zero_and_one_whatever_it_is_given()
    {
        var random = new Random(7);
        string[] texts = ["", " ", "?!", "release", Question, Answer, new string('x', 10_000), "[1][2][3]", "😀 漢字"];
        for (var i = 0; i < 2000; i++)
        {
            var passage = FakeRetrieval.Passage(1, Pick());
            passage.VectorScore = (random.NextDouble() * 4) - 2;
            passage.KeywordScore = random.NextDouble() * 1000;
            Assert.InRange(ConfidenceScore.Of(Pick(), Pick(), [passage], random.Next(5)), 0, 1);
        }

        string Pick() => texts[random.Next(texts.Length)];
    }

    [Fact]
    public void A_passage_that_covers_question_and_answer_scores_by_its_strength_alone()
    {
        Assert.Equal(0.45 + 0.35 + (0.2 * 0.9), ConfidenceScore.Of(Question, Answer, [Good], 0), 4);
    }

    [Fact]
    public void It_rises_with_the_part_of_the_question_that_is_covered()
    {
        double[] scores = [.. ((string[])["Nothing of it.", "release", "release rolled", "release rolled back"]).Select(text => ConfidenceScore.Of(Question, "", [Only(text)], 0))];

        Assert.Equal(scores.Order(), scores);
        Assert.Equal(4, scores.Distinct().Count());
    }

    [Fact]
    public void It_rises_with_the_part_of_the_answer_that_is_supported()
    {
        Assert.True(ConfidenceScore.Of(Question, "release rolled", [Good], 0) > ConfidenceScore.Of(Question, "release exploded", [Good], 0));
    }

    [Fact]
    public void Keyword_scores_stand_in_where_vectors_had_no_part()
    {
        var passage = Only("release");
        passage.VectorScore = 0;
        passage.KeywordScore = 8;
        Assert.Equal((0.45 / 3) + (0.2 * 0.5), ConfidenceScore.Of(Question, "", [passage], 0), 4);
    }

    [Fact]
    public void Each_degraded_stage_takes_a_fifth()
    {
        var whole = ConfidenceScore.Of(Question, Answer, [Good], 0);

        Assert.Equal(whole * 0.8, ConfidenceScore.Of(Question, Answer, [Good], 1), 3);
        Assert.Equal(whole * 0.64, ConfidenceScore.Of(Question, Answer, [Good], 2), 3);
    }

    [Theory]
    [InlineData("releases", "release")]
    [InlineData("rolled rolling", "roll rolls")]
    [InlineData("Studies", "studied")]
    [InlineData("query", "queries")]
    [InlineData("key", "keys")]
    [InlineData("cache", "caching cached caches")]
    public void Forms_of_a_word_meet(string left, string right) => Assert.Single(Words.Of(left + " " + right));

    [Fact]
    public void Stop_words_and_single_letters_are_no_content() => Assert.Empty(Words.Of("How is it, a b c, to the x?"));

    private static Passage Only(string text) => new() { Text = text, VectorScore = 0.5 };
}
