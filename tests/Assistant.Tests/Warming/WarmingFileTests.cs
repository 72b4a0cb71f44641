using Slipway.Assistant.Warming;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Warming;

public sealed class WarmingFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_shipped_file_is_right() => Assert.Equal(14, WarmingFile.Read(Path.Combine(Repository.Root, "ai", "datasets", "intents", "warming.jsonl"))["dev"].Count);

    [Fact]
    public void Templates_take_every_value_and_judged_questions_are_read_from_their_file()
    {
        File.WriteAllText(_folder.File("queries.jsonl"), """{"_id": "h1", "text": "Judged?"}""" + "\n");
        var questions = Read(
            """{"tenant":"a","question":"One?"}""",
            """{"tenant":"a","template":"How do I {do} a {thing}?","values":{"do":["make","drop"],"thing":["key","release"]}}""",
            """{"tenant":"b","queries":"queries.jsonl"}""",
            """{"tenant":"a","question":"One?"}""");
        Assert.Equal(["One?", "How do I make a key?", "How do I make a release?", "How do I drop a key?", "How do I drop a release?"], questions["a"]);
        Assert.Equal(["Judged?"], questions["b"]);
    }

    [Fact]
    public void Every_error_is_told_at_once()
    {
        var message = Assert.Throws<InvalidOperationException>(() => Read(
            "{", "{\"question\":\"q\"}", "{\"tenant\":\"a\"}", "{\"tenant\":\"a\",\"template\":\"{x}\"}", "{\"tenant\":\"a\",\"template\":\"{x}\",\"values\":{\"x\":[1]}}", "{\"tenant\":\"a\",\"queries\":\"nowhere\"}")).Message;
        foreach (var part in (string[])["line 1 is not JSON", "line 2: 'tenant' is missing", "line 3 has none", "line 4: the template has a name without values", "line 5: 'values.x' is not", "line 6:", "nowhere does not exist"])
            Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_file_there_is_nothing() => Assert.Empty(WarmingFile.Read(_folder.File("none.jsonl")));

    private IReadOnlyDictionary<string, IReadOnlyList<string>> Read(params string[] lines)
    {
        File.WriteAllLines(_folder.File("warming.jsonl"), lines);
        return WarmingFile.Read(_folder.File("warming.jsonl"));
    }
}
