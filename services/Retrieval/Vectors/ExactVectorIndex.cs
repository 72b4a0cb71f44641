using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Vectors;

/// <summary>
/// Vector sets in this process' memory, searched by comparing the query with every vector: always right, and as slow as the set is large (4 bytes a dimension; a search reads all of them).
/// It forgets everything with the process and is filled again from the documents store at the next start. For corpora of some ten thousand chunks, and where no vectors process is wanted.
/// </summary>
internal sealed class ExactVectorIndex : IVectorIndex
{
    private readonly ConcurrentDictionary<string, Matrix> _sets = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task AddAsync(string set, IReadOnlyList<ChunkVector> vectors, CancellationToken cancellationToken)
    {
        if (vectors.Count > 0) _sets.GetOrAdd(set, static (_, dimensions) => new Matrix(dimensions), vectors[0].Vector.Length).Add(vectors);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task RemoveAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken)
    {
        if (_sets.TryGetValue(set, out var matrix)) matrix.Remove(chunks);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<long>> FindMissingAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken) =>
        Task.FromResult(_sets.TryGetValue(set, out var matrix) ? matrix.FindMissing(chunks) : chunks);

    /// <inheritdoc />
    public Task<long> CountAsync(string set, CancellationToken cancellationToken) => Task.FromResult(_sets.TryGetValue(set, out var matrix) ? matrix.Count : 0L);

    /// <inheritdoc />
    public Task DropAsync(string set, CancellationToken cancellationToken)
    {
        _sets.TryRemove(set, out _);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([.. _sets.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))]);

    /// <inheritdoc />
    public Task<IReadOnlyList<ScoredChunk>> SearchAsync(string set, ReadOnlyMemory<float> query, int count, CancellationToken cancellationToken) =>
        Task.FromResult(_sets.TryGetValue(set, out var matrix) ? matrix.Search(query.Span, count) : []);

    /// <summary>A set: one row of a matrix for each chunk. Searches share it, changes have it alone.</summary>
    private sealed class Matrix(int dimensions)
    {
        private readonly ReaderWriterLockSlim _gate = new();
        private readonly Dictionary<long, int> _rows = [];
        private readonly List<long> _chunks = [];
        private float[] _values = [];

        public long Count
        {
            get
            {
                _gate.EnterReadLock();
                try
                {
                    return _chunks.Count;
                }
                finally
                {
                    _gate.ExitReadLock();
                }
            }
        }

        /// <exception cref="VectorIndexException">A vector has another number of dimensions than the set.</exception>
        public void Add(IReadOnlyList<ChunkVector> vectors)
        {
            _gate.EnterWriteLock();
            try
            {
                foreach (var (chunk, vector) in vectors)
                {
                    if (vector.Length != dimensions)
                        throw new VectorIndexException(VectorFault.Refused, $"A vector has {vector.Length} dimensions; those of its set have {dimensions}.");
                    if (!_rows.TryAdd(chunk, _chunks.Count)) continue;
                    var at = _chunks.Count * dimensions;
                    if (at + dimensions > _values.Length) Array.Resize(ref _values, Math.Max(64 * dimensions, _values.Length * 2));
                    vector.CopyTo(_values.AsSpan(at));
                    _chunks.Add(chunk);
                }
            }
            finally
            {
                _gate.ExitWriteLock();
            }
        }

        /// <summary>The last row takes the place of the one that goes.</summary>
        public void Remove(IReadOnlyList<long> chunks)
        {
            _gate.EnterWriteLock();
            try
            {
                foreach (var chunk in chunks)
                {
                    if (!_rows.Remove(chunk, out var row)) continue;
                    var last = _chunks.Count - 1;
                    if (row != last)
                    {
                        _values.AsSpan(last * dimensions, dimensions).CopyTo(_values.AsSpan(row * dimensions));
                        _chunks[row] = _chunks[last];
                        _rows[_chunks[row]] = row;
                    }

                    _chunks.RemoveAt(last);
                }
            }
            finally
            {
                _gate.ExitWriteLock();
            }
        }

        public IReadOnlyList<long> FindMissing(IReadOnlyList<long> chunks)
        {
            _gate.EnterReadLock();
            try
            {
                return [.. chunks.Where(chunk => !_rows.ContainsKey(chunk))];
            }
            finally
            {
                _gate.ExitReadLock();
            }
        }

        public IReadOnlyList<ScoredChunk> Search(ReadOnlySpan<float> query, int count)
        {
            if (query.Length != dimensions || count <= 0) return [];
            var nearest = new NearestChunks(count);
            _gate.EnterReadLock();
            try
            {
                for (var row = 0; row < _chunks.Count; row++) nearest.Offer(_chunks[row], TensorPrimitives.Dot(query, _values.AsSpan(row * dimensions, dimensions)));
            }
            finally
            {
                _gate.ExitReadLock();
            }

            return nearest.Take();
        }
    }
}
