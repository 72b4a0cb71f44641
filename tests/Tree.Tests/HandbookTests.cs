using System.Text.RegularExpressions;
using Slipway.Testing;

namespace Slipway.Tree.Tests;


/// <summary>The handbook hangs together: it is the sample corpus as well, so a broken page is a broken answer.</summary>
public sealed partial class HandbookTests
{
    private static readonly string Docs = Path.Combine(Repository.Root, "docs");

    public static TheoryData<string> Pages => [.. Directory.EnumerateFiles(Docs, "*.md", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> LinkedPages => [.. Pages.Select(row => row.Data).Concat(["README.md", "AGENTS.md"])];

    [Fact]
    public void The_handbook_has_at_least_30_pages() => Assert.True(Pages.Count >= 30, $"{Pages.Count} pages");

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_starts_with_its_title(string page)
    {
        var first = File.ReadLines(Path.Combine(Repository.Root, page)).First();
        Assert.StartsWith("# ", first, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(LinkedPages))]
    public void Every_relative_link_of_a_page_leads_somewhere(string page)
    {
        var path = Path.Combine(Repository.Root, page);
        var text = CodeBlock().Replace(File.ReadAllText(path), "");
        foreach (Match match in Link().Matches(text))
        {
            var target = match.Groups[1].Value;
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith('#') || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            var file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, target.Split('#')[0]));
            Assert.True(File.Exists(file) || Directory.Exists(file), $"{page} links to {target}, which is not there.");
        }
    }

    [Fact]
    public void Every_page_can_be_reached_from_the_index()
    {
        var index = File.ReadAllText(Path.Combine(Docs, "README.md"));
        foreach (var row in Pages)
        {
            var page = Path.GetRelativePath(Docs, Path.Combine(Repository.Root, row.Data)).Replace('\\', '/');
            if (page != "README.md") Assert.Contains($"({page})", index, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
