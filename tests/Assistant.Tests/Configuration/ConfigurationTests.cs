using Slipway.Assistant.Configuration;
using Slipway.Assistant.RequestPath;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Configuration;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Configuration;

public sealed class ConfigurationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_tenant_without_documents_has_the_version_empty_once_the_watch_has_spoken()
    {
        var corpora = new Corpora();
        Assert.Null(corpora.VersionOf("t", ""));
        corpora.Learn("other", "", "c1");
        Assert.Null(corpora.VersionOf("t", ""));
        corpora.Accept(new CorpusState { Tenant = "other", CorpusVersion = "c1" });
        Assert.Equal("empty", corpora.VersionOf("t", ""));
    }

    [Theory]
    [InlineData("db-7", "db-8", "db-8")]
    [InlineData("db-8", "db-7", "db-8")]
    [InlineData("db-9", "db-10", "db-10")]
    [InlineData("db-10", "db-9", "db-10")]
    [InlineData("db-10", "other-9", "other-9")]
    [InlineData("a-b-10", "a-b-9", "a-b-10")]
    [InlineData("new", "old", "old")]
    [InlineData("db-7", "", "db-7")]
    [InlineData("db-x", "db-7", "db-7")]
    public void A_version_that_comes_late_does_not_replace_a_newer_one(string first, string second, string expected)
    {
        var corpora = new Corpora();
        corpora.Learn("t", "", first);
        corpora.Learn("t", "", second);

        Assert.Equal(expected, corpora.VersionOf("t", ""));
    }

    [Fact]
    public void Models_and_aliases_expand_in_order_each_once_and_unknown_ones_are_left_out()
    {
        var catalog = new ModelCatalog(new LastKnown<ListModelsResponse>(_folder.Path, "models"));
        Assert.False(catalog.Known);
        Assert.Empty(catalog.Expand(["first"]));
        catalog.Accept(FakeBroker.Catalog());

        Assert.Equal(["second", "first", "extractive"], catalog.Expand(["second", "chat", "nobody", "extractive", "first"]).Select(model => model.Name));
    }

    [Fact]
    public void A_new_catalog_replaces_the_old_one_in_memory_and_on_disk()
    {
        var catalog = new ModelCatalog(new LastKnown<ListModelsResponse>(_folder.Path, "models"));
        catalog.Accept(FakeBroker.Catalog());
        catalog.Accept(new ListModelsResponse { Version = "m2", Models = { new ModelInfo { Name = "only" } } });

        Assert.Equal(["only"], catalog.Models.Select(model => model.Name));
        Assert.Equal(["only"], new ModelCatalog(new LastKnown<ListModelsResponse>(_folder.Path, "models")).Models.Select(model => model.Name));
    }

    [Fact]
    public void An_active_release_that_is_not_in_the_set_means_the_last_of_it()
    {
        var releases = new Releases(new LastKnown<ReleaseSet>(_folder.Path, "releases"));
        releases.Accept(new ReleaseSet { Active = "gone", Releases = { new Release { Name = "a" }, new Release { Name = "b" } } });

        Assert.Equal("b", releases.Find(null)!.Name);
        Assert.Equal("a", releases.Find("a")!.Name);
        Assert.Equal("b", releases.Find("c")!.Name);
    }

    [Fact]
    public void A_set_that_names_a_release_twice_or_none_at_all_ends_nothing()
    {
        var releases = new Releases(new LastKnown<ReleaseSet>(_folder.Path, "releases"));
        releases.Accept(new ReleaseSet());
        Assert.False(releases.Known);
        releases.Accept(new ReleaseSet { Active = "a", Releases = { new Release { Name = "a", Prompt = "1" }, new Release { Name = "a", Prompt = "2" } } });
        releases.Accept(new ReleaseSet());

        Assert.Equal("2", releases.Find("a")!.Prompt);
    }

    [Theory]
    [InlineData(null, 3072)]
    [InlineData(96, 4000)]
    [InlineData(100_000, 2048)]
    public void A_prompt_may_take_the_smallest_window_less_the_answer_but_never_less_than_half(int? answer, int expected)
    {
        var binding = new ReleaseBinding(new Release(), [new ModelInfo { ContextWindow = 8192 }, new ModelInfo { ContextWindow = 4096 }]);

        Assert.Equal(expected, binding.MaxPromptTokens(answer));
    }
}
