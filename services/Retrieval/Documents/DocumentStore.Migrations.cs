using Slipway.Retrieval.Embedding.Migration;

namespace Slipway.Retrieval.Documents;

internal sealed partial class DocumentStore
{
    /// <summary>The change of a corpus' embedder, or null when there is none.</summary>
    public MigrationRow? ReadMigration(long corpus) => Read(connection =>
    {
        using var command = Command(
            connection,
            """
            SELECT phase, source, target, source_version, target_version, target_identity, since_ms, searches, failures, overlap, milliseconds, retain_until_ms, reason
            FROM migrations WHERE corpus = $1
            """,
            ("$1", corpus));
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? new MigrationRow(
                (MigrationPhase)reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetInt64(6), reader.GetInt64(7),
                reader.GetInt64(8), reader.GetDouble(9), reader.GetDouble(10), reader.GetInt64(11), reader.GetString(12))
            : null;
    });

    /// <summary>Keeps how far a change is, or forgets it (null), and with it, in one transaction, which generation answers.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="row">How far it is.</param>
    /// <param name="generation">The generation that answers from now on; null leaves it.</param>
    public void SaveMigration(long corpus, MigrationRow? row, long? generation = null) => Write(transaction =>
    {
        if (generation is { } answering) Run(transaction, "UPDATE corpora SET generation = $2 WHERE corpus = $1", corpus, answering).ExecuteNonQuery();
        return row is null
            ? Run(transaction, "DELETE FROM migrations WHERE corpus = $1", corpus).ExecuteNonQuery()
            : Run(
                transaction,
                """
                INSERT OR REPLACE INTO migrations
                (corpus, phase, source, target, source_version, target_version, target_identity, since_ms, searches, failures, overlap, milliseconds, retain_until_ms, reason)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                """,
                corpus, (int)row.Phase, row.Source, row.Target, row.SourceVersion, row.TargetVersion, row.TargetIdentity, row.SinceMs, row.Searches, row.Failures, row.Overlap, row.Milliseconds,
                row.RetainUntilMs, row.Reason).ExecuteNonQuery();
    });

    /// <summary>How many chunks of a corpus a generation has been through.</summary>
    public long CountChunksDone(long corpus, long generation) => Read(connection =>
    {
        using var command = Command(
            connection, "SELECT COUNT(*) FROM chunks WHERE corpus = $1 AND chunk <= (SELECT upto FROM generations WHERE generation = $2)", ("$1", corpus), ("$2", generation));
        return (long)command.ExecuteScalar()!;
    });
}
