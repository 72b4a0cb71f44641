namespace Slipway.Evaluation;

/// <summary>What an id may be in a file.</summary>
internal static class IdRules
{
    /// <summary>What is wrong with an id that stands in a field between tabs or in JSON; null: nothing.</summary>
    public static string? Problem(string id)
    {
        if (id.Length == 0) return "is empty";
        return id.Any(char.IsControl) ? $"'{Quoted.Short(id)}' has a control character" : null;
    }

    /// <summary>Refuses to write an id that could not be read again.</summary>
    /// <exception cref="ArgumentException">It is empty, has a control character, or a space where fields are separated by spaces.</exception>
    public static void ThrowIfUnwritable(string what, string id, bool spacesSeparate)
    {
        var problem = Problem(id) ?? (spacesSeparate && id.Contains(' ', StringComparison.Ordinal) ? $"'{Quoted.Short(id)}' has a space, which separates fields" : null);
        if (problem is not null) throw new ArgumentException($"{what} {problem}.", what);
    }

    /// <summary>The same for the first field of a line, where # begins a comment and U+FEFF may be taken for a byte order mark.</summary>
    /// <exception cref="ArgumentException">As above, or it starts with one of the two.</exception>
    public static void ThrowIfNoLineStart(string what, string id)
    {
        ThrowIfUnwritable(what, id, spacesSeparate: true);
        if (id[0] is '#' or '\uFEFF') throw new ArgumentException($"{what} '{Quoted.Short(id)}' starts with # or U+FEFF, which cannot begin a line.", what);
    }
}
