using System.Text.Json;

namespace Slipway.Retrieval.Bench;

internal sealed record SciFactDocument(string Id, string Title, string Text);

/// <summary>SciFact as BEIR publishes it.</summary>
internal sealed record SciFact(
    IReadOnlyList<SciFactDocument> Documents, IReadOnlyDictionary<string, string> Queries, IReadOnlyDictionary<string, HashSet<string>> Train, IReadOnlyDictionary<string, HashSet<string>> Test)
{
    public static SciFact Load(string folder) => new(
        [.. Read(folder, "corpus.jsonl").Select(line => new SciFactDocument(Get(line, "_id"), Get(line, "title"), Get(line, "text")))],
        Read(folder, "queries.jsonl").ToDictionary(line => Get(line, "_id"), line => Get(line, "text")),
        Judgments(folder, "train.tsv"),
        Judgments(folder, "test.tsv"));

    private static IEnumerable<JsonElement> Read(string folder, string file) => File.ReadLines(Path.Combine(folder, file)).Select(line => JsonDocument.Parse(line).RootElement);

    private static string Get(JsonElement line, string name) => line.GetProperty(name).GetString()!;

    private static Dictionary<string, HashSet<string>> Judgments(string folder, string file) => File.ReadLines(Path.Combine(folder, "qrels", file))
        .Skip(1)
        .Select(line => line.Split('\t'))
        .Where(row => row[2] != "0")
        .GroupBy(row => row[0])
        .ToDictionary(query => query.Key, query => query.Select(row => row[1]).ToHashSet());
}
