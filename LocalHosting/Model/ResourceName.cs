namespace Aspire.Hosting.ApplicationModel;

/// <summary>Aspire's rules for names: they become environment variables, host names and container names.</summary>
internal static class ResourceName
{
    private const int MaxLength = 64;

    internal static void Validate(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var problem = name switch
        {
            { Length: 0 or > MaxLength } => $"is not 1 to {MaxLength} characters long",
            _ when !char.IsAsciiLetter(name[0]) => "does not begin with an ASCII letter",
            _ when name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-') => "has other characters than ASCII letters, digits and hyphens",
            _ when name.Contains("--", StringComparison.Ordinal) || name[^1] == '-' => "has two hyphens together or one at its end",
            _ => null,
        };
        if (problem is not null) throw new ArgumentException($"The resource name '{name}' {problem}.", nameof(name));
    }
}
