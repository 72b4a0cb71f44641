using System.Globalization;
using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Vectors;

/// <summary>
/// The names of the sets: <c>slipway:{database}:{corpus}:{generation}</c>. A set belongs to one tenant and one embeddings version: nothing in a query can reach
/// another tenant's vectors, and vectors of two embedders never meet.
/// </summary>
internal static class VectorSets
{
    /// <summary>The set of a generation.</summary>
    public static string NameFor(DocumentStore store, GenerationRow generation) =>
        string.Create(CultureInfo.InvariantCulture, $"{PrefixFor(store, generation.Corpus)}{generation.Number}");

    /// <summary>What the names of all sets of a corpus begin with.</summary>
    public static string PrefixFor(DocumentStore store, long corpus) => string.Create(CultureInfo.InvariantCulture, $"slipway:{store.DatabaseId}:{corpus}:");
}
