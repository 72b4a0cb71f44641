using System.Runtime.InteropServices;

namespace Slipway.Retrieval.Documents;

/// <summary>What is known of the recall of a corpus' vectors, as it outlives the process.</summary>
/// <param name="Generation">The generation that it is about.</param>
/// <param name="State">The number of the state.</param>
/// <param name="SinceMs">When the state began, in milliseconds since 1970.</param>
/// <param name="Rebuilds">Rebuilds in a row that have not helped.</param>
/// <param name="NextAttemptMs">When the next one is due.</param>
/// <param name="Samples">The window of samples.</param>
internal sealed record RecallRow(long Generation, int State, long SinceMs, int Rebuilds, long NextAttemptMs, byte[] Samples);

internal sealed partial class DocumentStore
{
    /// <summary>Vectors of a generation of chunks numbered above <paramref name="after"/>, in order, at most <paramref name="count"/>.</summary>
    public IReadOnlyList<ChunkVector> ReadVectorBatch(long generation, long after, int count) => Read(connection =>
    {
        using var command = Command(
            connection, "SELECT chunk, vector FROM vectors WHERE generation = $1 AND chunk > $2 ORDER BY chunk LIMIT $3", ("$1", generation), ("$2", after), ("$3", count));
        using var reader = command.ExecuteReader();
        var rows = new List<ChunkVector>();
        while (reader.Read()) rows.Add(new ChunkVector(reader.GetInt64(0), MemoryMarshal.Cast<byte, float>((byte[])reader.GetValue(1)).ToArray()));
        return rows;
    });

    /// <summary>What was known of a corpus' recall, or null.</summary>
    public RecallRow? ReadRecall(long corpus) => Read(connection =>
    {
        using var command = Command(connection, "SELECT generation, state, since_ms, rebuilds, next_ms, samples FROM recall WHERE corpus = $1", ("$1", corpus));
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? new RecallRow(reader.GetInt64(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetInt32(3), reader.GetInt64(4), (byte[])reader.GetValue(5))
            : null;
    });

    /// <summary>Keeps what is known of a corpus' recall.</summary>
    public void SaveRecall(long corpus, RecallRow row) => Write(transaction => Run(
        transaction,
        "INSERT OR REPLACE INTO recall (corpus, generation, state, since_ms, rebuilds, next_ms, samples) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        corpus, row.Generation, row.State, row.SinceMs, row.Rebuilds, row.NextAttemptMs, row.Samples).ExecuteNonQuery());
}
