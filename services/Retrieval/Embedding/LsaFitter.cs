using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Slipway.Retrieval.Embedding;

/// <summary>
/// Fits an <see cref="LsaModel"/> on the chunks of a corpus. Texts are added in order; the same texts in the same order, with the same options, give the same model,
/// bit for bit on the same machine, and the same version everywhere.
/// </summary>
internal sealed class LsaFitter(LsaOptions options)
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<int> _documentFrequency = [];
    private readonly List<int> _starts = [0];
    private readonly List<int> _terms = [];
    private readonly List<float> _weights = [];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly SortedDictionary<int, int> _counts = [];

    /// <summary>How many texts were added.</summary>
    public int Count => _starts.Count - 1;

    /// <summary>Adds a text.</summary>
    public void Add(string text)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        _hash.AppendData(length);
        _hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));

        _counts.Clear();
        LsaTokenizer.Tokenize(text, (Ids: _ids.GetAlternateLookup<ReadOnlySpan<char>>(), Frequency: _documentFrequency, Counts: _counts), static (term, state) =>
        {
            if (!state.Ids.TryGetValue(term, out var id))
            {
                id = state.Frequency.Count;
                state.Ids[term] = id;
                state.Frequency.Add(0);
            }

            state.Counts[id] = state.Counts.GetValueOrDefault(id) + 1;
        });
        foreach (var (term, count) in _counts)
        {
            _documentFrequency[term]++;
            _terms.Add(term);
            _weights.Add(LsaModel.Weight(count));
        }

        _starts.Add(_terms.Count);
    }

    /// <summary>Fits. Null when the texts share too few terms to span a space.</summary>
    public LsaModel? Fit(int threads, CancellationToken cancellationToken = default)
    {
        var (vocabulary, newIds) = ChooseVocabulary();
        if (vocabulary.Length < 2 || Count < 2) return null;
        var idf = new float[vocabulary.Length];
        foreach (var (term, id) in _ids)
        {
            if (newIds[id] >= 0) idf[newIds[id]] = MathF.Log((1f + Count) / (1f + _documentFrequency[id])) + 1;
        }

        var matrix = Weigh(newIds, idf, vocabulary.Length);
        var rank = Math.Min(options.Rank, Math.Max(2, Math.Min(Count, vocabulary.Length) / 2));
        var (singular, v) = RandomizedSvd.Compute(matrix, rank, options.Oversampling, options.PowerIterations, options.Seed, threads, cancellationToken);
        return singular.Length == 0 ? null : new LsaModel(VersionFor(singular.Length), vocabulary, idf, v, singular.Length);
    }

    /// <summary>
    /// Terms in two chunks or more (a term of one chunk relates it to nothing), the most frequent when there are too many, in ordinal order.
    /// Tiny corpora keep all terms: there, every word counts.
    /// </summary>
    private (string[] Vocabulary, int[] NewIds) ChooseVocabulary()
    {
        var least = Count < 20 ? 1 : 2;
        var chosen = _ids.Where(pair => _documentFrequency[pair.Value] >= least)
            .OrderByDescending(pair => _documentFrequency[pair.Value]).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Take(options.MaxTerms)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .ToArray();
        var newIds = new int[_ids.Count];
        Array.Fill(newIds, -1);
        for (var i = 0; i < chosen.Length; i++) newIds[chosen[i].Value] = i;
        return (Array.ConvertAll(chosen, pair => pair.Key), newIds);
    }

    private SparseMatrix Weigh(int[] newIds, float[] idf, int columns)
    {
        var starts = new int[Count + 1];
        var terms = new List<int>(_terms.Count);
        var values = new List<float>(_terms.Count);
        var row = new List<(int Term, float Value)>();
        for (var i = 0; i < Count; i++)
        {
            row.Clear();
            for (var at = _starts[i]; at < _starts[i + 1]; at++)
            {
                var term = newIds[_terms[at]];
                if (term >= 0) row.Add((term, _weights[at] * idf[term]));
            }

            row.Sort(static (a, b) => a.Term.CompareTo(b.Term));
            var from = values.Count;
            foreach (var (term, value) in row)
            {
                terms.Add(term);
                values.Add(value);
            }

            var span = CollectionsMarshal.AsSpan(values)[from..];
            var norm = TensorPrimitives.Norm<float>(span);
            if (norm > 0) TensorPrimitives.Divide(span, norm, span);
            starts[i + 1] = values.Count;
        }

        return new SparseMatrix(Count, columns, starts, [.. terms], [.. values]);
    }

    private string VersionFor(int rank)
    {
        var parameters = FormattableString.Invariant(
            $"{LsaModel.Algorithm}|{options.Rank}|{options.MaxTerms}|{options.MaxFitChunks}|{options.Oversampling}|{options.PowerIterations}|{options.Seed}|{Count}");
        _hash.AppendData(MemoryMarshal.AsBytes(parameters.AsSpan()));
        return $"{LsaModel.Algorithm}-{rank}-{Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, 6))}";
    }
}
