using System.Text;
using System.Text.Json;

namespace Slipway.Cache.Bench;

/// <summary>A question with the intent that people gave it.</summary>
internal sealed record LabelledQuestion(string Text, string Intent);

/// <summary>A data set of them: what was asked before, and what comes next.</summary>
internal sealed record LabelledQuestions(string Name, IReadOnlyList<LabelledQuestion> Known, IReadOnlyList<LabelledQuestion> Asked)
{
    internal static LabelledQuestions Banking77(string folder) => new("banking77", ReadCsv(Path.Combine(folder, "train.csv")), ReadCsv(Path.Combine(folder, "test.csv")));

    /// <summary>Out-of-scope questions are asked too: none of them has the intent of another question.</summary>
    internal static LabelledQuestions Clinc150(string folder)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "data_full.json")));
        return new LabelledQuestions("clinc150", Read("train"), [.. Read("test"), .. Read("oos_test")]);

        List<LabelledQuestion> Read(string part) => [.. json.RootElement.GetProperty(part).EnumerateArray().Select(pair => new LabelledQuestion(pair[0].GetString()!, pair[1].GetString()!))];
    }

    /// <summary>RFC 4180 with a header and two columns; fields in quotes may hold line breaks.</summary>
    private static List<LabelledQuestion> ReadCsv(string path)
    {
        List<LabelledQuestion> questions = [];
        List<string> fields = [];
        var field = new StringBuilder();
        var quoted = false;
        var text = File.ReadAllText(path);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
            else if (c == '"') quoted = !quoted;
            else if (quoted || c is not (',' or '\n' or '\r')) field.Append(c);
            else if (c == ',') EndField();
            else if (c == '\n') EndRow();
        }

        EndRow();
        return questions[1..];

        void EndField()
        {
            fields.Add(field.ToString());
            field.Clear();
        }

        void EndRow()
        {
            EndField();
            if (fields.Count == 2) questions.Add(new LabelledQuestion(fields[0].Trim(), fields[1]));
            fields.Clear();
        }
    }
}
