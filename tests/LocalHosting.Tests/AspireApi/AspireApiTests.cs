using System.Reflection;
using Aspire.Hosting;

namespace Slipway.LocalHosting.Tests.AspireApi;

/// <summary>
/// LocalHosting may offer less than Aspire, but nothing else: what compiles against it must compile against the real packages. The lists beside
/// this file hold the real signatures of each type and member name that LocalHosting offers; their first lines say where they come from.
/// </summary>
public sealed class AspireApiTests
{
    private static readonly Assembly LocalHosting = typeof(DistributedApplication).Assembly;

    [Fact]
    public void Every_public_member_is_one_of_Aspires()
    {
        var real = Lists().SelectMany(list => list.Lines).ToHashSet(StringComparer.Ordinal);
        var strangers = LocalHosting.GetExportedTypes().SelectMany(ApiSignatures.Of).Where(line => !real.Contains(line)).ToList();
        Assert.True(strangers.Count == 0, "LocalHosting offers what Aspire does not:\n" + string.Join("\n", strangers.Select(line => Difference(line, real))));
    }

    [Fact]
    public void Public_types_are_in_Aspires_namespaces_only() =>
        Assert.All(LocalHosting.GetExportedTypes(), type => Assert.Contains(type.Namespace, (string[])["Aspire.Hosting", "Aspire.Hosting.ApplicationModel"]));

    [Theory]
    [InlineData("Aspire.Hosting.txt", "microsoft/aspire v13.5.2")]
    [InlineData("Aspire.Hosting.Redis.txt", "microsoft/aspire v13.5.2")]
    [InlineData("Aspire.Hosting.PostgreSQL.txt", "microsoft/aspire v13.5.2")]
    [InlineData("Aspire.Hosting.Elasticsearch.txt", "elastic/elastic-aspire-dotnet 13.2.0")]
    public void Each_list_says_where_it_comes_from(string name, string source)
    {
        var (_, header, lines) = Lists().Single(list => list.Name == name);
        Assert.Contains(source, header, StringComparison.Ordinal);
        Assert.NotEmpty(lines);
    }

    [Fact]
    public void A_signature_has_all_that_callers_depend_on()
    {
        var lines = ApiSignatures.Of(typeof(SampleExtensions)).ToList();
        Assert.Contains(
            "member Slipway.LocalHosting.Tests.AspireApi.SampleExtensions.static With<T>(this System.Collections.Generic.IEnumerable<T> source, System.String? name = null, System.Int32? port = 5, in System.Boolean flag = False) : System.String? where T : System.IDisposable",
            lines);
        Assert.Contains("type static class Slipway.LocalHosting.Tests.AspireApi.SampleExtensions", lines);
    }

    private static string Difference(string line, IEnumerable<string> real)
    {
        var start = line.Split('(', ':', '{', '<')[0].TrimEnd();
        var similar = real.Where(other => other.StartsWith(start, StringComparison.Ordinal)).ToList();
        return $"  offered: {line}\n" + (similar.Count == 0 ? "  Aspire:  nothing of that name" : string.Join('\n', similar.Select(other => "  Aspire:  " + other)));
    }

    private static IEnumerable<(string Name, string Header, IReadOnlyList<string> Lines)> Lists()
    {
        var tests = typeof(AspireApiTests).Assembly;
        foreach (var name in tests.GetManifestResourceNames().Where(name => name.StartsWith("Aspire.Hosting", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(tests.GetManifestResourceStream(name)!);
            var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            yield return (name, string.Join('\n', lines.Where(line => line[0] == '#')), [.. lines.Where(line => line[0] != '#')]);
        }
    }
}

internal static class SampleExtensions
{
    public static string? With<T>(this IEnumerable<T> source, string? name = null, int? port = 5, in bool flag = false)
        where T : IDisposable => source.Any() || flag ? name : port.ToString();
}
