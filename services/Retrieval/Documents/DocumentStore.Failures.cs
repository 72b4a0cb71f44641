namespace Slipway.Retrieval.Documents;

/// <summary>A chunk that an embedder failed on alone.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Attempts">How often it failed alone while the embedder took other texts.</param>
/// <param name="Refusals">How often of these the embedder refused it.</param>
/// <param name="Final">It is given up.</param>
/// <param name="NextMs">When it is tried again, in milliseconds since 1970.</param>
internal sealed record EmbedFailure(long Chunk, int Attempts, int Refusals, bool Final, long NextMs);

/// <summary>How many chunks of a generation wait to be tried again, and how many are given up.</summary>
internal readonly record struct FailureCounts(long Waiting, long Final);

internal sealed partial class DocumentStore
{
    /// <summary>Notes that chunks failed. Those that were removed meanwhile are left out.</summary>
    public void SaveEmbedFailures(long generation, IReadOnlyList<EmbedFailure> failures) => Write(transaction =>
    {
        foreach (var failure in failures)
        {
            Run(
                transaction,
                """
                INSERT OR REPLACE INTO embed_failures (generation, chunk, attempts, refusals, final, next_ms)
                SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT 1 FROM chunks WHERE chunk = $2)
                """,
                generation, failure.Chunk, failure.Attempts, failure.Refusals, failure.Final ? 1 : 0, failure.NextMs).ExecuteNonQuery();
        }

        return failures.Count;
    });

    /// <summary>A chunk was embedded after all.</summary>
    public void ClearEmbedFailure(long generation, long chunk) => Write(transaction =>
        Run(transaction, "DELETE FROM embed_failures WHERE generation = $1 AND chunk = $2", generation, chunk).ExecuteNonQuery());

    /// <summary>The failed chunks that are to be tried again, by when they are due, at most <paramref name="count"/>.</summary>
    public IReadOnlyList<EmbedFailure> ReadEmbedFailures(long generation, int count) => Read(connection =>
    {
        using var command = Command(
            connection, "SELECT chunk, attempts, refusals, final, next_ms FROM embed_failures WHERE generation = $1 AND final = 0 ORDER BY next_ms, chunk LIMIT $2",
            ("$1", generation), ("$2", count));
        using var reader = command.ExecuteReader();
        var rows = new List<EmbedFailure>();
        while (reader.Read()) rows.Add(new EmbedFailure(reader.GetInt64(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3) != 0, reader.GetInt64(4)));
        return rows;
    });

    /// <summary>How many chunks of a generation failed.</summary>
    public FailureCounts CountEmbedFailures(long generation) => Read(connection =>
    {
        using var command = Command(connection, "SELECT COUNT(*), COALESCE(SUM(final), 0) FROM embed_failures WHERE generation = $1", ("$1", generation));
        using var reader = command.ExecuteReader();
        reader.Read();
        return new FailureCounts(reader.GetInt64(0) - reader.GetInt64(1), reader.GetInt64(1));
    });
}
