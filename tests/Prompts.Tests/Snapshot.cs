using System.Text;
using Slipway.Contracts;
using Slipway.Testing;
using Xunit;

namespace Slipway.Prompts.Tests;

/// <summary>
/// Compares rendered messages with a file under Snapshots/. <c>SLIPWAY_UPDATE_SNAPSHOTS=1 dotnet test --project tests/Prompts.Tests</c> writes the files anew;
/// the change is then reviewed as a diff of the commit.
/// </summary>
internal static class Snapshot
{
    public static void Matches(string name, IEnumerable<ChatMessage> messages)
    {
        var actual = Text(messages);
        var path = Path.Combine(Repository.Root, "tests", "Prompts.Tests", "Snapshots", name + ".txt");
        if (Environment.GetEnvironmentVariable("SLIPWAY_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }

        Assert.True(File.Exists(path), $"There is no snapshot {name}. Write it with SLIPWAY_UPDATE_SNAPSHOTS=1, and review it.");
        var expected = File.ReadAllText(path).ReplaceLineEndings("\n");
        if (expected != actual) Assert.Fail($"{name} differs from its snapshot (- snapshot, + rendered; SLIPWAY_UPDATE_SNAPSHOTS=1 accepts):\n{Difference(expected, actual)}");
    }

    private static string Text(IEnumerable<ChatMessage> messages)
    {
        var text = new StringBuilder();
        foreach (var message in messages) text.Append("=== ").Append(message.Role).Append('\n').Append(message.Content).Append('\n');
        return text.ToString();
    }

    /// <summary>A line diff by longest common subsequence: the texts are short.</summary>
    private static string Difference(string expected, string actual)
    {
        var before = expected.Split('\n');
        var after = actual.Split('\n');
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var lines = new StringBuilder();
        for (int i = 0, j = 0; i < before.Length || j < after.Length;)
        {
            if (i < before.Length && j < after.Length && before[i] == after[j])
            {
                lines.Append("  ").Append(before[i]).Append('\n');
                i++;
                j++;
            }
            else if (j == after.Length || (i < before.Length && common[i + 1, j] >= common[i, j + 1])) lines.Append("- ").Append(before[i++]).Append('\n');
            else lines.Append("+ ").Append(after[j++]).Append('\n');
        }

        return lines.ToString();
    }
}
