using System.Text;
using System.Text.Json;

namespace Slipway.Stack.Bench.Chaos;

/// <summary>
/// Documents of one chunk and questions about them: sentences of SciFact's abstracts (of the handbook where SciFact is not there) drawn anew for each document, with a fixed seed, so that any
/// number of documents have words and neighbours of their own.
/// </summary>
internal sealed class ChaosCorpus
{
    /// <summary>Documents of one upload.</summary>
    private const int OneUpload = 2000;

    private readonly string[][] _sources;
    private readonly string[] _questions;

    private ChaosCorpus(string name, string[][] sources, string[] questions) => (Name, _sources, _questions) = (name, sources, questions);

    public string Name { get; }

    public static ChaosCorpus Load(string root)
    {
        var scifact = Path.Combine(root, "..", "shared", "data", "scifact");
        if (File.Exists(Path.Combine(scifact, "corpus.jsonl")))
        {
            return new ChaosCorpus(
                "SciFact",
                [.. Lines(scifact, "corpus.jsonl").Select(line => Sentences(line.GetProperty("text").GetString()!))],
                [.. Lines(scifact, "queries.jsonl").Select(line => line.GetProperty("text").GetString()!)]);
        }

        string[][] pages = [.. Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllText).Select(Sentences)];
        return new ChaosCorpus("the handbook", pages, [.. pages.SelectMany(page => page).Where(sentence => sentence.Contains('?', StringComparison.Ordinal))]);
    }

    /// <summary>A claim or question, made new by a number at its end, so that nothing about it is warm.</summary>
    public string Question(int n) => $"{_questions[n % _questions.Length]} ({n})";

    /// <summary>JSON lines of documents, an upload at a time.</summary>
    public IEnumerable<byte[]> Uploads(int count)
    {
        var random = new Random(11);
        for (var done = 0; done < count;)
        {
            var body = new StringBuilder();
            for (var end = Math.Min(count, done + OneUpload); done < end; done++)
            {
                // Two sources to a document: it is near to others of either.
                string[] sentences = [.. Draw(random, 4), $"This is case chaos{done}.", .. Draw(random, 4)];
                body.Append(JsonSerializer.Serialize(new { id = $"chaos/{done}", text = string.Join(' ', sentences) })).Append('\n');
            }

            yield return Encoding.UTF8.GetBytes(body.ToString());
        }
    }

    private IEnumerable<string> Draw(Random random, int sentences)
    {
        var source = _sources[random.Next(_sources.Length)];
        for (var i = 0; i < sentences; i++) yield return source[random.Next(source.Length)];
    }

    private static IEnumerable<JsonElement> Lines(string folder, string file) => File.ReadLines(Path.Combine(folder, file)).Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>At most 150 characters each, so that a document of nine of them is one chunk.</summary>
    private static string[] Sentences(string text)
    {
        string[] sentences = [.. text.Split(['\n', '.'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(sentence => sentence.Length > 150 ? sentence[..150] : sentence).Select(sentence => sentence + ".")];
        return sentences.Length > 0 ? sentences : ["Nothing."];
    }
}
