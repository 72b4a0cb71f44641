namespace Slipway.Assets;

/// <summary>An asset that cannot be used: everything that is wrong with it.</summary>
/// <param name="file">The file, as it is told; empty where it is known from what is around.</param>
/// <param name="errors">What is wrong, each with its field.</param>
public class AssetFileException(string file, IReadOnlyList<string> errors)
    : InvalidOperationException((file.Length == 0 ? "" : file + " has ") + (errors.Count == 1 ? "1 error" : $"{errors.Count} errors") + ":\n- " + string.Join("\n- ", errors))
{
    /// <summary>What is wrong.</summary>
    public IReadOnlyList<string> Errors => errors;
}
