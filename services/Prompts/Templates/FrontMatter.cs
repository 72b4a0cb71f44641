using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Prompts.Templates;

/// <summary>The YAML above a prompt's body, in Prompty's v2 form.</summary>
/// <param name="Name">The prompt's name.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Version">metadata.version.</param>
/// <param name="Owner">metadata.owner.</param>
/// <param name="Inputs">The inputs.</param>
internal sealed record FrontMatter(string Name, string Description, string Version, string Owner, IReadOnlyList<PromptInput> Inputs)
{
    /// <summary>Prompty's top-level keys. What Slipway does not use (the model comes from the release) is allowed, so that other Prompty tools can read the file.</summary>
    private static readonly HashSet<string> KnownKeys = ["name", "description", "metadata", "inputs", "template", "model", "authors", "tags", "sample", "outputs", "tools"];

    /// <summary>Reads the front matter; what is wrong goes to <paramref name="errors"/> with its line.</summary>
    /// <param name="yaml">The text between the two <c>---</c> lines.</param>
    /// <param name="firstLine">The line of the file that the text starts on.</param>
    /// <param name="errors">Takes line and message.</param>
    public static FrontMatter Read(string yaml, int firstLine, Action<int, string> errors)
    {
        var reader = new Reader(firstLine, errors);
        var root = reader.Parse(yaml);
        foreach (var (key, node) in reader.Pairs(root))
        {
            if (!KnownKeys.Contains(key)) reader.Error(node, $"'{key}' is not a key of Prompty; known: {string.Join(", ", KnownKeys)}.");
        }

        var metadata = reader.Child(root, "metadata") as YamlMappingNode;
        if (reader.Child(root, "template") is YamlMappingNode template && reader.Text(template, "format", required: false) is { Length: > 0 } format && format != "liquid")
            reader.Error(template, $"template.format is '{format}'; only liquid is rendered.");
        return new FrontMatter(
            reader.Text(root, "name"),
            reader.Text(root, "description"),
            reader.Text(metadata, "version", "metadata."),
            reader.Text(metadata, "owner", "metadata."),
            reader.Inputs(root));
    }

    private sealed class Reader(int firstLine, Action<int, string> errors)
    {
        public void Error(YamlNode? node, string message) => errors(node is null ? firstLine : firstLine + (int)node.Start.Line - 1, message);

        public YamlMappingNode? Parse(string yaml)
        {
            try
            {
                var stream = new YamlStream();
                stream.Load(new StringReader(yaml));
                if (stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root) return root;
                errors(firstLine, "The front matter is not a YAML mapping.");
            }
            catch (YamlException exception)
            {
                errors(firstLine + (int)exception.Start.Line - 1, "The YAML cannot be read: " + (exception.InnerException?.Message ?? exception.Message));
            }

            return null;
        }

        public IEnumerable<(string Key, YamlNode Node)> Pairs(YamlMappingNode? node) =>
            node is null ? [] : node.Children.Where(pair => pair.Key is YamlScalarNode).Select(pair => (((YamlScalarNode)pair.Key).Value ?? "", pair.Key));

        public YamlNode? Child(YamlMappingNode? node, string key) => node is not null && node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;

        public string Text(YamlMappingNode? node, string key, string prefix = "", bool required = true)
        {
            if (Child(node, key) is YamlScalarNode { Value: { Length: > 0 } value }) return value.Trim();
            if (required) Error(Child(node, key) ?? node, $"{prefix}{key} is missing.");
            return "";
        }

        public List<PromptInput> Inputs(YamlMappingNode? root)
        {
            var inputs = new List<PromptInput>();
            switch (Child(root, "inputs"))
            {
                case YamlSequenceNode list:
                    foreach (var item in list)
                    {
                        if (item is YamlMappingNode mapping) inputs.Add(Input(mapping));
                        else Error(item, "An input is a mapping with name and kind.");
                    }

                    foreach (var twice in inputs.GroupBy(input => input.Name).Where(group => group.Count() > 1))
                        Error(list, $"The input '{twice.Key}' is declared {twice.Count()} times.");
                    break;
                case null:
                    Error(root, "inputs is missing.");
                    break;
                case var other:
                    Error(other, "inputs must be a list (Prompty v2).");
                    break;
            }

            return inputs;
        }

        private PromptInput Input(YamlMappingNode node)
        {
            var name = Text(node, "name", "inputs.");
            var kind = Text(node, "kind", required: false) switch
            {
                "" or "string" => InputKind.String,
                "array" => InputKind.Array,
                "thread" => InputKind.Thread,
                var other => Unknown(other),
            };
            CheckName(node, name, kind);
            return new PromptInput(name, kind, Flag(node, "required"), (Child(node, "default") as YamlScalarNode)?.Value);

            InputKind Unknown(string other)
            {
                Error(node, $"The input '{name}' has the kind '{other}'; known: string, array, thread.");
                return InputKind.String;
            }
        }

        /// <summary>The kinds array and thread are filled from one field of the request each, and nothing else is.</summary>
        private void CheckName(YamlMappingNode node, string name, InputKind kind)
        {
            var expected = kind switch { InputKind.Array => "passages", InputKind.Thread => "conversation", _ => null };
            if (expected is not null && name != expected) Error(node, $"An input of the kind {kind.ToString().ToLowerInvariant()} is named {expected}, not '{name}'.");
            if (expected is null && name is "passages" or "conversation" && kind == InputKind.String) Error(node, $"The input '{name}' must not be a string.");
            if (name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_')) Error(node, $"The input name '{name}' has characters other than letters, digits and _.");
        }

        private bool Flag(YamlMappingNode node, string key)
        {
            var text = Text(node, key, required: false);
            if (text is not ("" or "true" or "false")) Error(node, $"{key} is '{text}': true or false is wanted.");
            return text == "true";
        }
    }
}
