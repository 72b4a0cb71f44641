using System.Collections.Frozen;

namespace Slipway.Prompts.Templates;

/// <summary>All prompts of the folder <c>prompts/NAME/VERSION.prompty</c>, read once at start.</summary>
internal sealed class PromptLibrary
{
    private readonly FrozenDictionary<string, PromptTemplate[]> _versions;

    /// <param name="templates">The templates, in any order.</param>
    public PromptLibrary(IEnumerable<PromptTemplate> templates) =>
        _versions = templates.GroupBy(template => template.Name).ToFrozenDictionary(group => group.Key, group => group.OrderByDescending(template => template.Version).ToArray());

    /// <summary>All templates, by name and with the newest first.</summary>
    public IEnumerable<PromptTemplate> All => _versions.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value);

    /// <summary>
    /// Finds a template. An empty version means the newest that is released (has no suffix), or, while there is none, the newest.
    /// </summary>
    public PromptTemplate? Find(string name, string version)
    {
        if (!_versions.TryGetValue(name, out var versions)) return null;
        return version.Length == 0
            ? versions.FirstOrDefault(template => template.Version.Released) ?? versions[0]
            : versions.FirstOrDefault(template => template.Version.Text == version);
    }

    /// <summary>Reads the folder.</summary>
    /// <exception cref="InvalidOperationException">A file is wrong, or there is none; the message has every error as <c>NAME/VERSION.prompty:LINE: what</c>.</exception>
    public static PromptLibrary Load(string folder)
    {
        var errors = new List<string>();
        var templates = new List<PromptTemplate>();
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.prompty", SearchOption.AllDirectories) : [];
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            var path = Path.GetRelativePath(folder, file).Replace('\\', '/');
            if (path.Split('/') is not [var name, var fileName])
            {
                errors.Add($"{path}:1: A prompt is at NAME/VERSION.prompty.");
                continue;
            }

            var version = fileName[..^".prompty".Length];
            var template = PromptyFile.Parse(name, version, File.ReadAllBytes(file), (line, message) => errors.Add($"{path}:{line}: {message}"));
            if (template is not null) templates.Add(template);
        }

        if (files.Length == 0) errors.Add($"There is no file NAME/VERSION.prompty in {folder}.");
        return errors.Count == 0
            ? new PromptLibrary(templates)
            : throw new InvalidOperationException($"The prompts are not usable ({errors.Count} errors):{Environment.NewLine}{string.Join(Environment.NewLine, errors)}");
    }
}
