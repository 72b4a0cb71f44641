using Microsoft.Extensions.Time.Testing;
using Slipway.Assistant.Caching;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Caching;

public sealed class HotAnswersTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMilliseconds(200);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void An_answer_is_found_under_an_equal_key_until_its_lifetime_is_over()
    {
        using var hot = new HotAnswers(Lifetime, _time);
        hot.Keep(Key("acme", "c1"), Answer("yes"), 100);

        _time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.True(hot.TryGet(Key("acme", "c1"), out var answer));
        Assert.Equal("yes", answer.Text);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(hot.TryGet(Key("acme", "c1"), out _));
    }

    [Fact]
    public void Being_asked_for_does_not_make_an_answer_live_longer()
    {
        using var hot = new HotAnswers(Lifetime, _time);
        hot.Keep(Key("acme", "c1"), Answer("yes"), 100);

        for (var i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            hot.TryGet(Key("acme", "c1"), out _);
        }

        Assert.False(hot.TryGet(Key("acme", "c1"), out _));
    }

    [Theory]
    [InlineData("globex", "c1")]
    [InlineData("acme", "c2")]
    public void Tenants_and_corpus_versions_do_not_meet(string tenant, string corpus)
    {
        using var hot = new HotAnswers(Lifetime, _time);
        hot.Keep(Key("acme", "c1"), Answer("yes"), 100);

        Assert.False(hot.TryGet(Key(tenant, corpus), out _));
    }

    [Fact]
    public void An_answer_larger_than_all_the_room_is_not_kept()
    {
        using var hot = new HotAnswers(Lifetime, _time);
        hot.Keep(Key("acme", "c1"), Answer("yes"), 16 * 1024 * 1024 + 1);

        Assert.False(hot.TryGet(Key("acme", "c1"), out _));
    }

    [Fact]
    public void A_lifetime_of_zero_keeps_nothing()
    {
        using var hot = new HotAnswers(TimeSpan.Zero, _time);
        hot.Keep(Key("acme", "c1"), Answer("yes"), 100);

        Assert.False(hot.TryGet(Key("acme", "c1"), out _));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1001)]
    public void A_lifetime_out_of_its_range_is_refused_by_the_name_of_the_setting(double milliseconds)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => new HotAnswers(TimeSpan.FromMilliseconds(milliseconds), _time));

        Assert.Equal($"Slipway:Assistant:HotAnswerMilliseconds is {milliseconds}; it must be 0 to 1000.", refused.Message);
    }

    private static CacheKey Key(string tenant, string corpus) => new()
    {
        Tier = CacheTier.Output,
        Scope = new CacheScope { Tenant = tenant, Release = "r1", CorpusVersion = corpus, PromptVersion = "answer/1", Model = "first" },
        Question = "How is a release rolled back?",
    };

    private static Answer Answer(string text) => new()
    {
        Text = text, Citations = [], Confidence = 1, Review = false, Model = "first", Provider = "fake", FinishReason = "stop", Usage = new Usage(),
    };
}
