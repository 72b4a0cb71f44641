using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Fluid;

namespace Slipway.Prompts.Templates;

/// <summary>
/// Reads a <c>.prompty</c> file: YAML between two <c>---</c> lines, then the body. A line of the body that is only <c>system:</c>, <c>developer:</c>,
/// <c>user:</c> or <c>assistant:</c> starts a message of that role. The body is split here, before anything is filled in: what a user or a passage
/// says can never start a message.
/// </summary>
internal static partial class PromptyFile
{
    private static readonly FluidParser Liquid = new(new FluidParserOptions { AllowFunctions = false });

    /// <summary>Parses and checks one file.</summary>
    /// <param name="name">The name that the folder gives it.</param>
    /// <param name="version">The version that the file's name gives it.</param>
    /// <param name="content">The file.</param>
    /// <param name="errors">Takes each error with its line, counted from 1.</param>
    /// <returns>The template, or null when there were errors.</returns>
    public static PromptTemplate? Parse(string name, string version, byte[] content, Action<int, string> errors)
    {
        var failed = false;
        var lines = Encoding.UTF8.GetString(content).TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        var end = lines[0].TrimEnd() == "---" ? Array.FindIndex(lines, 1, line => line.TrimEnd() == "---") : -1;
        if (end < 0)
        {
            errors(1, "The file does not start with YAML between two lines of ---.");
            return null;
        }

        var front = FrontMatter.Read(string.Join('\n', lines[1..end]), 2, Error);
        if (front.Name.Length > 0 && front.Name != name) Error(2, $"name is '{front.Name}', but the folder is '{name}'.");
        if (front.Version.Length > 0 && front.Version != version) Error(2, $"metadata.version is '{front.Version}', but the file is '{version}.prompty'.");
        var parsedVersion = PromptVersion.TryParse(version);
        if (parsedVersion is null) Error(1, $"The file's name '{version}' is not a version such as 1, 1.2 or 2-beta.");

        var parts = ReadBody(lines, end + 1, front.Inputs, Error);
        if (failed) return null;
        var checksum = Convert.ToHexStringLower(SHA256.HashData(content))[..12];
        return new PromptTemplate(name, parsedVersion!, front.Description, front.Owner, checksum, front.Inputs, parts);

        void Error(int line, string message)
        {
            failed = true;
            errors(line, message);
        }
    }

    private static List<PromptPart> ReadBody(string[] lines, int first, IReadOnlyList<PromptInput> inputs, Action<int, string> errors)
    {
        var parts = new List<PromptPart>();
        var thread = inputs.FirstOrDefault(input => input.Kind == InputKind.Thread)?.Name;
        string? role = null;
        var start = first;
        for (var i = first; i < lines.Length; i++)
        {
            if (RoleMarker().Match(lines[i]) is { Success: true } marker)
            {
                Close(i);
                role = marker.Groups[1].Value;
                start = i + 1;
            }
            else if (thread is not null && ThreadMarker().Match(lines[i]) is { Success: true } place && place.Groups[1].Value == thread)
            {
                Close(i);
                parts.Add(new ThreadPart());
                role = null;
                start = i + 1;
            }
        }

        Close(lines.Length);
        if (!parts.OfType<MessagePart>().Any()) errors(first + 1, "The body has no message: a line such as system: or user: starts one.");
        if (thread is not null && parts.OfType<ThreadPart>().Count() != 1) errors(first + 1, $"The input '{thread}' needs exactly one line {{{{{thread}}}}} in the body.");
        return parts;

        void Close(int end)
        {
            var text = string.Join('\n', lines[start..end]);
            if (role is null)
            {
                if (!string.IsNullOrWhiteSpace(text)) errors(start + 1, "There is text that belongs to no message: a line such as system: must come before it.");
                return;
            }

            if (string.IsNullOrWhiteSpace(text)) errors(start, $"The message '{role}' is empty.");
            else if (ReadMessage(role, text, start, inputs, errors) is { } part) parts.Add(part);
        }
    }

    private static MessagePart? ReadMessage(string role, string text, int linesBefore, IReadOnlyList<PromptInput> inputs, Action<int, string> errors)
    {
        if (!Liquid.TryParse(text.Trim('\n'), out var body, out var error))
        {
            var at = LiquidLine().Match(error);
            errors(linesBefore + LeadingNewlines(text) + (at.Success ? int.Parse(at.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : 1), "Liquid: " + error.ReplaceLineEndings(" ").Trim());
            return null;
        }

        foreach (var problem in TemplateCheck.Run(body, inputs)) errors(linesBefore + LineOf(text, problem.Mention), problem.Message);
        return new MessagePart(role, body);
    }

    private static int LeadingNewlines(string text) => text.Length - text.TrimStart('\n').Length;

    private static int LineOf(string text, string mention)
    {
        var at = Regex.Match(text, $@"\{{[{{%][^}}]*\b{Regex.Escape(mention)}\b");
        if (!at.Success) return 1;
        return 1 + text.AsSpan(0, at.Index + at.Length).Count('\n');
    }

    [GeneratedRegex(@"^(system|developer|user|assistant):\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex RoleMarker();

    [GeneratedRegex(@"^\s*\{\{-?\s*(\w+)\s*-?\}\}\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex ThreadMarker();

    [GeneratedRegex(@"\((\d+):\d+\)", RegexOptions.CultureInvariant)]
    private static partial Regex LiquidLine();
}
