using System.Diagnostics;
using System.Text.RegularExpressions;
using Slipway.Testing;

namespace Slipway.Stack.Tests;

/// <summary>What the README tells a newcomer to type works as it stands there.</summary>
[Collection("One stack at a time")]
[Trait("Category", "Slow")]
public sealed partial class ReadMeTests(StackFixture fixture)
{
    public static TheoryData<string> CurlSnippets =>
        [.. Block().Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))).Select(match => match.Groups[1].Value).Where(block => block.Contains("curl ", StringComparison.Ordinal))];

    [Fact]
    public void The_readme_has_snippets_to_try() => Assert.Equal(3, CurlSnippets.Count);

    [Theory]
    [MemberData(nameof(CurlSnippets))]
    public async Task A_curl_of_the_readme_is_answered(string snippet)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed.");
        var stack = await fixture.GetAsync();
        var script = snippet.Replace("localhost:8080", $"localhost:{stack.EdgePort}", StringComparison.Ordinal).Replace("curl ", "curl -sS --fail-with-body ", StringComparison.Ordinal);
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(bash.ExitCode == 0, $"curl said {bash.ExitCode}: {output}");
        Assert.StartsWith("{", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"error\":", output, StringComparison.Ordinal);
    }

    [GeneratedRegex("^```bash\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
