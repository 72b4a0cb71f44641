using System.CommandLine;
using System.CommandLine.Parsing;

namespace Slipway.Cli.Edge;

/// <summary>The options of commands that ask an edge.</summary>
internal static class EdgeOptions
{
    public const string KeyVariable = "SLIPWAY_API_KEY";

    public static Option<Uri> Edge() => new("--edge") { Description = "The edge.", CustomParser = ParseEdge, DefaultValueFactory = _ => new Uri("http://localhost:8080") };

    public static Option<string?> Key(string whose) =>
        new("--key") { Description = $"An API key {whose}; {KeyVariable} when it is not given, so that it stays out of process lists." };

    public static Option<int> Ranged(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} {least} to {most}.", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && (given < least || given > most)) result.AddError($"{name} is {given}; it must be {least} to {most}.");
        });
        return option;
    }

    /// <summary>The key that was given.</summary>
    /// <exception cref="UnableException">None was.</exception>
    public static string KeyOf(ParseResult parsed, Option<string?> key) => (parsed.GetValue(key) ?? Environment.GetEnvironmentVariable(KeyVariable)) is { Length: > 0 } secret
        ? secret
        : throw new UnableException($"An API key is missing: set {KeyVariable}, or give --key.");

    private static Uri? ParseEdge(ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") return uri;
        result.AddError($"--edge is '{text}'; it must be an address such as http://localhost:8080.");
        return null;
    }
}
