using Slipway.Retrieval.Fusion;
using Slipway.Retrieval.Keyword;
using Xunit;

namespace Slipway.Retrieval.Tests.Fusion;

public sealed class WeightChooserTests
{
    private const double Default = 0.2;
    private static readonly WeightChooser Chooser = new(new WeightedFusion());

    /// <summary>Two kinds of questions: what one ranking finds first the other has last, sure of itself or not.</summary>
    private enum Half
    {
        KeywordRight,
        VectorRight,
    }

    [Fact]
    public void Where_each_half_is_right_when_it_is_sure_a_mixture_is_chosen_that_beats_both()
    {
        var choice = Chooser.Choose(Draw(200, question => question % 2 == 0 ? Half.KeywordRight : Half.VectorRight), Default);
        Assert.Equal(WeightSource.HeldOut, choice.Source);
        Assert.InRange(choice.Weight, 0.05, 0.95);
        Assert.True(choice.HeldOut > choice.Keyword && choice.HeldOut > choice.Vector, choice.ToString());
        Assert.True(choice.HeldOut >= choice.Default, choice.ToString());
    }

    [Fact]
    public void Where_keywords_are_always_right_nothing_worse_than_keywords_is_chosen()
    {
        var choice = Chooser.Choose(Draw(60, _ => Half.KeywordRight), Default);
        Assert.True(Achieved(choice, _ => Half.KeywordRight) >= choice.Keyword, choice.ToString());
        Assert.True(choice.Keyword > choice.Vector);
    }

    [Fact]
    public void Where_vectors_are_always_right_the_default_gives_way()
    {
        var choice = Chooser.Choose(Draw(60, _ => Half.VectorRight, sure: false), Default);
        Assert.True(choice.Default < choice.Vector, choice.ToString());
        Assert.True(choice.Weight > Default, choice.ToString());
        Assert.True(Achieved(choice, _ => Half.VectorRight, sure: false) >= choice.Vector, choice.ToString());
    }

    [Fact]
    public void A_weight_that_fits_only_by_chance_is_not_taken()
    {
        // Which half is right is drawn: no weight can know, and with few questions the best one is an accident.
        var taken = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var halves = Enumerable.Range(0, 30).Select(_ => random.Next(2) == 0 ? Half.KeywordRight : Half.VectorRight).ToArray();
            var choice = Chooser.Choose(Draw(30, question => halves[question], sure: false), Default);
            Assert.True(choice.Source != WeightSource.HeldOut || choice.HeldOut >= Math.Max(choice.Keyword, choice.Vector), choice.ToString());
            if (choice.Source == WeightSource.HeldOut) taken++;
        }

        Assert.InRange(taken, 0, 10);
    }

    [Fact]
    public void The_order_of_the_questions_does_not_matter_and_the_choice_is_the_same_each_time()
    {
        static Half Kind(int question) => question % 3 == 0 ? Half.KeywordRight : Half.VectorRight;
        var questions = Draw(90, Kind);
        Assert.Equal(Chooser.Choose(questions, Default), Chooser.Choose(questions, Default));
    }

    private static double Achieved(WeightChoice choice, Func<int, Half> half, bool sure = true) => Chooser.Choose(Draw(choice.Questions, half, sure), choice.Weight).Default;

    private static List<JudgedRankings> Draw(int count, Func<int, Half> half, bool sure = true) => [.. Enumerable.Range(0, count).Select(question =>
    {
        var documents = Enumerable.Range(1, 6).ToDictionary(chunk => (long)chunk, chunk => $"d{chunk}");
        var random = new Random(question);
        // The half that is right has its document far ahead of the rest; the other one has six that it cannot tell apart, the right one last.
        ScoredChunk[] right = [new(1, sure ? 0.9 : 0.5), .. Enumerable.Range(2, 5).Select(chunk => new ScoredChunk(chunk, sure ? 0.2 : 0.49 - (random.NextDouble() / 10)))];
        ScoredChunk[] wrong = [.. Enumerable.Range(2, 5).Select(chunk => new ScoredChunk(chunk, 0.5 - (chunk / 1000.0))), new(1, sure ? 0.45 : 0.2)];
        var (keyword, vector) = half(question) == Half.KeywordRight ? (right, wrong) : (wrong, right);
        return new JudgedRankings(question, new Dictionary<string, int> { ["d1"] = 1 }, keyword, vector, documents);
    })];
}
