using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.LocalHosting.TestHost;
using Slipway.Testing;

namespace Slipway.LocalHosting.Tests.Processes;

/// <summary>LocalHosting.TestHost running the given resources, each of them LocalHosting.TestApp.</summary>
internal sealed partial class SampleApplication : IAsyncDisposable
{
    private readonly TempFolder _folder;

    private SampleApplication(TempFolder folder, Program host)
    {
        _folder = folder;
        Host = host;
    }

    internal Program Host { get; }

    internal static SampleApplication Start(params ResourceModel[] resources) => Start([], resources);

    internal static SampleApplication Start((string, string)[] environment, params ResourceModel[] resources)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the signals are those of Unix");
        var folder = new TempFolder();
        File.WriteAllText(folder.File("model.json"), JsonSerializer.Serialize(resources));
        return new SampleApplication(folder, Program.Start(Programs.TestHost, [folder.File("model.json")], environment));
    }

    /// <summary>The line of a state: <c>name &gt; state…</c>.</summary>
    internal Task<string> WaitForStateAsync(string name, string state) =>
        Host.WaitForLineAsync(line => StateLine().Match(line) is { Success: true } match && match.Groups[1].Value == name && match.Groups[2].Value.StartsWith(state, StringComparison.Ordinal), $"{name} > {state}");

    internal Task<string> WaitUntilReadyAsync() => Host.WaitForLineAsync(" is ready");

    /// <summary>The process ids that were printed, the latest of each resource.</summary>
    internal IReadOnlyDictionary<string, int> ProcessIds()
    {
        var ids = new Dictionary<string, int>();
        foreach (var match in Host.Output.Select(line => ProcessLine().Match(line)).Where(match => match.Success))
            ids[match.Groups[1].Value] = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        return ids;
    }

    /// <summary>The states that were printed, in order.</summary>
    internal IReadOnlyList<(string Name, string State)> States() =>
        [.. Host.Output.Select(line => StateLine().Match(line)).Where(match => match.Success).Select(match => (match.Groups[1].Value, match.Groups[2].Value))];

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _folder.Dispose();
    }

    [GeneratedRegex(@"^(\S+) +> (.*)$")]
    private static partial Regex StateLine();

    [GeneratedRegex(@"^(\S+) +> Running \(process (\d+)\)$")]
    private static partial Regex ProcessLine();
}
