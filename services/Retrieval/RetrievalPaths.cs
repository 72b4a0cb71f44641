using System.Globalization;

namespace Slipway.Retrieval;

/// <summary>What lies where in the service's data folder.</summary>
/// <param name="root">The folder.</param>
internal sealed class RetrievalPaths(string root)
{
    /// <summary>The documents store.</summary>
    public string Database { get; } = Path.Combine(root, "documents.db");

    /// <summary>The keyword indexes, a folder for each corpus.</summary>
    public string Keyword { get; } = Directory.CreateDirectory(Path.Combine(root, "keyword")).FullName;

    /// <summary>The embedders, a file for each generation.</summary>
    public string Models { get; } = Directory.CreateDirectory(Path.Combine(root, "models")).FullName;

    /// <summary>The file of a generation's embedder.</summary>
    public string Model(long generation) => Path.Combine(Models, generation.ToString(CultureInfo.InvariantCulture) + ".lsa");
}
