using System.Runtime.InteropServices;

namespace Slipway.Retrieval.Documents;

/// <summary>A chunk's vector.</summary>
internal readonly record struct ChunkVector(long Chunk, float[] Vector);

internal sealed partial class DocumentStore
{
    /// <summary>Begins a generation: an embedder whose vectors are about to be made. It serves once <see cref="SwitchGeneration"/> says so.</summary>
    public GenerationRow AddGeneration(long corpus, string version, long fittedChunks, string identity, string spec) => Write(transaction =>
    {
        var number = (long)Run(
            transaction, "INSERT INTO generations (corpus, version, fitted_chunks, identity, spec) VALUES ($1, $2, $3, $4, $5) RETURNING generation",
            corpus, version, fittedChunks, identity, spec).ExecuteScalar()!;
        return new GenerationRow(number, corpus, version, fittedChunks, 0, identity, spec);
    });

    /// <summary>The generations of a corpus, oldest first.</summary>
    public IReadOnlyList<GenerationRow> ReadGenerations(long corpus) => Read(connection =>
    {
        using var command = Command(connection, "SELECT generation, corpus, version, fitted_chunks, upto, identity, spec FROM generations WHERE corpus = $1 ORDER BY generation", ("$1", corpus));
        using var reader = command.ExecuteReader();
        var rows = new List<GenerationRow>();
        while (reader.Read()) rows.Add(new GenerationRow(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetString(5), reader.GetString(6)));
        return rows;
    });

    /// <summary>
    /// Stores vectors of a generation and moves its watermark to <paramref name="upTo"/>. Chunks that were removed meanwhile are left out.
    /// </summary>
    /// <returns>The vectors that were stored.</returns>
    public IReadOnlyList<ChunkVector> AddVectors(long generation, IReadOnlyList<ChunkVector> vectors, long upTo) => Write(transaction =>
    {
        var stored = new List<ChunkVector>(vectors.Count);
        foreach (var vector in vectors)
        {
            var added = Run(
                transaction,
                "INSERT OR IGNORE INTO vectors (chunk, generation, vector) SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM chunks WHERE chunk = $1)",
                vector.Chunk, generation, MemoryMarshal.AsBytes(vector.Vector.AsSpan()).ToArray()).ExecuteNonQuery();
            if (added > 0) stored.Add(vector);
        }

        Run(transaction, "UPDATE generations SET upto = MAX(upto, $2) WHERE generation = $1", generation, upTo).ExecuteNonQuery();
        return stored;
    });

    /// <summary>The generation that answers from now on.</summary>
    public void SwitchGeneration(long corpus, long generation) => Write(transaction =>
        Run(transaction, "UPDATE corpora SET generation = $2 WHERE corpus = $1", corpus, generation).ExecuteNonQuery());

    /// <summary>Removes a generation with its vectors, in transactions of bounded size.</summary>
    public void DropGeneration(long generation)
    {
        while (Write(transaction => Run(
            transaction, "DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors WHERE generation = $1 LIMIT 2000)", generation).ExecuteNonQuery()) > 0)
        {
        }

        Write(transaction =>
        {
            Run(transaction, "DELETE FROM vector_removals WHERE generation = $1", generation).ExecuteNonQuery();
            Run(transaction, "DELETE FROM embed_failures WHERE generation = $1", generation).ExecuteNonQuery();
            return Run(transaction, "DELETE FROM generations WHERE generation = $1", generation).ExecuteNonQuery();
        });
    }

    /// <summary>How many chunks of a generation have a vector.</summary>
    public long CountVectors(long generation) => Read(connection =>
    {
        using var command = Command(connection, "SELECT COUNT(*) FROM vectors WHERE generation = $1", ("$1", generation));
        return (long)command.ExecuteScalar()!;
    });

    /// <summary>The chunks numbered above <paramref name="after"/> that have a vector, in order, at most <paramref name="count"/>.</summary>
    public IReadOnlyList<long> ReadVectorChunks(long generation, long after, int count) => Read(connection =>
    {
        using var command = Command(
            connection, "SELECT chunk FROM vectors WHERE generation = $1 AND chunk > $2 ORDER BY chunk LIMIT $3", ("$1", generation), ("$2", after), ("$3", count));
        using var reader = command.ExecuteReader();
        var rows = new List<long>();
        while (reader.Read()) rows.Add(reader.GetInt64(0));
        return rows;
    });

    /// <summary>The vectors of chunks. Those that are gone are left out.</summary>
    public IReadOnlyList<ChunkVector> ReadVectors(long generation, IReadOnlyList<long> chunks) => Read(connection =>
    {
        using var command = Command(connection, "SELECT vector FROM vectors WHERE chunk = $1 AND generation = $2", ("$1", 0L), ("$2", generation));
        var rows = new List<ChunkVector>(chunks.Count);
        foreach (var chunk in chunks)
        {
            command.Parameters[0].Value = chunk;
            if (command.ExecuteScalar() is byte[] vector) rows.Add(new ChunkVector(chunk, MemoryMarshal.Cast<byte, float>(vector).ToArray()));
        }

        return rows;
    });

    /// <summary>Chunks which the vector index may hold though they are gone, at most 1,000.</summary>
    public IReadOnlyList<long> ReadVectorRemovals(long generation) => Read(connection =>
    {
        using var command = Command(connection, "SELECT chunk FROM vector_removals WHERE generation = $1 LIMIT 1000", ("$1", generation));
        using var reader = command.ExecuteReader();
        var rows = new List<long>();
        while (reader.Read()) rows.Add(reader.GetInt64(0));
        return rows;
    });

    /// <summary>The vector index no longer holds these.</summary>
    public void ClearVectorRemovals(long generation, IReadOnlyList<long> chunks) => Write(transaction =>
    {
        foreach (var chunk in chunks) Run(transaction, "DELETE FROM vector_removals WHERE generation = $1 AND chunk = $2", generation, chunk).ExecuteNonQuery();
        return chunks.Count;
    });
}
