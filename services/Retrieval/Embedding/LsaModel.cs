using System.Numerics.Tensors;

namespace Slipway.Retrieval.Embedding;

/// <summary>
/// Latent semantic analysis (Deerwester et al. 1990): a text is its TF-IDF vector (1 + ln tf, smoothed idf) projected on the leading right singular vectors
/// of the corpus' matrix, then scaled to unit length. Terms that keep the same company end up near each other.
/// </summary>
internal sealed class LsaModel : IEmbedder
{
    /// <summary>Names the tokenizer, the weighting and the fit. Any change of theirs must change it: it is part of <see cref="Version"/>.</summary>
    public const string Algorithm = "lsa1";

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _terms;

    /// <param name="version">The embeddings version.</param>
    /// <param name="vocabulary">Term i.</param>
    /// <param name="idf">Its inverse document frequency.</param>
    /// <param name="projection">Row i is term i's place in the space: terms × dimensions, row-major.</param>
    /// <param name="dimensions">The rank.</param>
    public LsaModel(string version, string[] vocabulary, float[] idf, float[] projection, int dimensions)
    {
        Version = version;
        Vocabulary = vocabulary;
        Idf = idf;
        Projection = projection;
        Dimensions = dimensions;
        var terms = new Dictionary<string, int>(vocabulary.Length, StringComparer.Ordinal);
        for (var i = 0; i < vocabulary.Length; i++) terms.Add(vocabulary[i], i);
        _terms = terms.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <inheritdoc />
    public string Version { get; }

    /// <inheritdoc />
    public int Dimensions { get; }

    internal string[] Vocabulary { get; }

    internal float[] Idf { get; }

    internal float[] Projection { get; }

    /// <inheritdoc />
    public ValueTask EmbedAsync(IReadOnlyList<string> texts, EmbeddingUse use, Memory<float> destination, CancellationToken cancellationToken)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Embed(texts[i], destination.Span.Slice(i * Dimensions, Dimensions));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Embeds one text. False when no term is known: then the vector is zeros.</summary>
    public bool Embed(ReadOnlySpan<char> text, Span<float> destination)
    {
        // Sorted by term, so that the sum is made in the same order wherever the terms stand in the text.
        var counts = new SortedDictionary<int, int>();
        LsaTokenizer.Tokenize(text, (Terms: _terms, Counts: counts), static (term, state) =>
        {
            if (state.Terms.TryGetValue(term, out var index)) state.Counts[index] = state.Counts.GetValueOrDefault(index) + 1;
        });
        destination.Clear();
        foreach (var (term, count) in counts)
        {
            Dense.AddScaled(Projection.AsSpan(term * Dimensions, Dimensions), Weight(count) * Idf[term], destination);
        }

        return Normalize(destination);
    }

    /// <summary>Sublinear term frequency: the tenth mention says less than the first.</summary>
    internal static float Weight(int count) => 1 + MathF.Log(count);

    internal static bool Normalize(Span<float> vector)
    {
        var norm = TensorPrimitives.Norm<float>(vector);
        if (!(norm > 1e-6f) || !float.IsFinite(norm))
        {
            vector.Clear();
            return false;
        }

        TensorPrimitives.Divide(vector, norm, vector);
        return true;
    }
}
