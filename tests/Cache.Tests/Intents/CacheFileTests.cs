using Slipway.Cache.Intents.Routes;
using Slipway.Testing;

namespace Slipway.Cache.Tests.Intents;

public sealed class CacheFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_shipped_file_is_right()
    {
        var routes = new IntentRoutes(CacheFile.Read(Path.Combine(Repository.Root, "ai", "cache.json")));
        Assert.Equal(IntentRoute.Default, routes.Of("anything"));
    }

    [Fact]
    public void A_route_without_an_entry_has_the_default()
    {
        File.WriteAllText(_path, """
            {"routes": {
              "default": {"intents": true, "threshold": 0.9, "sampleShare": 0.1, "falseHitBound": 0.02, "minSamples": 30},
              "answers": {"intents": false, "threshold": 0.5, "sampleShare": 0, "falseHitBound": 0.5, "minSamples": 5}}}
            """);
        var routes = new IntentRoutes(CacheFile.Read(_path));
        Assert.Equal(new IntentRoute(true, 0.9, 0.1, 0.02, 30), routes.Of("chat.completions"));
        Assert.False(routes.Of("answers").Enabled);
        Assert.Equal("default", routes.NameOf("chat.completions"));
    }

    [Fact]
    public void Every_error_is_told_at_once()
    {
        File.WriteAllText(_path, """{"routes": {"answers": {"intents": 1, "threshold": 0.4, "sampleShare": 2, "falseHitBound": 0, "minSamples": "5", "more": 1}, "chat": 5}}""");
        var message = Assert.ThrowsAny<InvalidOperationException>(() => CacheFile.Read(_path)).Message;
        foreach (var part in (string[])["has 8 errors", "answers.intents", "answers.threshold is 0.4; it must be 0.5 to 1", "answers.sampleShare", "answers.falseHitBound", "answers.minSamples", "answers.more is no field", "routes.chat is not an object", "routes.default is missing"])
            Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("{}", "'routes' is missing")]
    [InlineData("{\"routes\": []}", "'routes' is missing")]
    public void A_file_that_cannot_be_read_says_why(string text, string expected)
    {
        File.WriteAllText(_path, text);
        Assert.Contains(expected, Assert.ThrowsAny<InvalidOperationException>(() => CacheFile.Read(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("it does not exist: it says how each route reuses answers", Assert.ThrowsAny<InvalidOperationException>(() => CacheFile.Read("nowhere.json")).Message, StringComparison.Ordinal);
}
