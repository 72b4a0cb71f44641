using Slipway.Cache.Keys;
using Slipway.Cache.Tests.Support;
using Slipway.Contracts;

namespace Slipway.Cache.Tests.Keys;

public sealed class EntryAddressTests
{
    /// <summary>Parts that try to be mistaken for one another: separators, lengths, what Redis keys are made of, nothing.</summary>
    private static readonly string[] Parts = ["", "a", "aa", ":", "a:", ":a", "\0", "\u0001a", "\0\0\0\u0001", "a\0\0\0", "a:0:output:", "slipway:cache:entry:a", "é", "e\u0301"];

    [Fact]
    public void No_two_scopes_share_a_key_whatever_their_parts_contain()
    {
        Dictionary<string, string> seen = [];
        foreach (var tenant in Parts)
        foreach (var release in Parts)
        foreach (var corpus in Parts)
        foreach (var context in Parts)
        {
            var key = Calls.Key(tenant, release: release, corpus: corpus, prompt: "", model: "", context: context);
            var what = string.Join('|', tenant, release, corpus, context);
            Assert.True(seen.TryAdd(EntryAddress.Of(key, 0).Entry, what), $"'{what}' has the key of another scope.");
        }
    }

    [Fact]
    public void What_moves_from_one_part_to_the_next_changes_the_key()
    {
        string[] keys =
        [
            EntryAddress.Of(Calls.Key("t", release: "ab", corpus: "c"), 0).Entry,
            EntryAddress.Of(Calls.Key("t", release: "a", corpus: "bc"), 0).Entry,
            EntryAddress.Of(Calls.Key("t", prompt: "ab", model: "c"), 0).Entry,
            EntryAddress.Of(Calls.Key("t", prompt: "a", model: "bc"), 0).Entry,
            EntryAddress.Of(Calls.Key("t", "question", context: "c"), 0).Entry,
            EntryAddress.Of(Calls.Key("t", "questionc", context: ""), 0).Entry,
        ];
        Assert.Distinct(keys);
    }

    [Fact]
    public void A_tenant_that_looks_like_another_with_its_generation_does_not_get_its_keys()
    {
        var one = EntryAddress.Of(Calls.Key("a:1"), 2);
        var other = EntryAddress.Of(Calls.Key("a"), 1);

        Assert.NotEqual(one.Entry, other.Entry);
        Assert.NotEqual(one.Latest, other.Latest);
        Assert.NotEqual(one.Lease, other.Lease);
    }

    [Fact]
    public void The_newest_entry_is_noted_for_each_tenant_tier_question_and_context()
    {
        var address = EntryAddress.Of(Calls.Key("t"), 0).Latest;

        Assert.Equal(address, EntryAddress.Of(Calls.Key("t", release: "x", corpus: "x", prompt: "x", model: "x"), 0).Latest);
        Assert.NotEqual(address, EntryAddress.Of(Calls.Key("u"), 0).Latest);
        Assert.NotEqual(address, EntryAddress.Of(Calls.Key("t", "another question"), 0).Latest);
        Assert.NotEqual(address, EntryAddress.Of(Calls.Key("t", context: "x"), 0).Latest);
        Assert.NotEqual(address, EntryAddress.Of(Calls.Key("t", tier: CacheTier.Retrieval), 0).Latest);
        Assert.NotEqual(address, EntryAddress.Of(Calls.Key("t"), 1).Latest);
    }

    [Fact]
    public void Keys_show_their_tenant_and_generation_and_keep_their_form()
    {
        var address = EntryAddress.Of(Calls.Key("acme"), 7);

        // A golden key: replicas of two versions share one Redis.
        Assert.Equal("slipway:cache:entry:acme:7:output:KXOFVOPiBrIDJddBpu_omFLM9mZa_SlOi6w5XJQe4b0", address.Entry);
        Assert.StartsWith("slipway:cache:lease:acme:7:output:", address.Lease, StringComparison.Ordinal);
        Assert.StartsWith("slipway:cache:latest:acme:7:output:", address.Latest, StringComparison.Ordinal);
        Assert.Equal("slipway:cache:generation:acme", EntryAddress.GenerationOf("acme"));
    }

    [Fact]
    public void A_very_long_question_has_a_key()
    {
        var question = new string('x', 3_000_000);
        Assert.NotEqual(EntryAddress.Of(Calls.Key("t", question), 0).Entry, EntryAddress.Of(Calls.Key("t", question + "y"), 0).Entry);
    }
}
