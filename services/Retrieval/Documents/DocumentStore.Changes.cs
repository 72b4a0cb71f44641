using Microsoft.Data.Sqlite;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Documents;

internal sealed partial class DocumentStore
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    /// <summary>A corpus, made on first use.</summary>
    public CorpusRow EnsureCorpus(CorpusKey key) => Write(transaction => EnsureCorpus(transaction, key));

    /// <summary>
    /// Makes changes in one transaction, in order. When it returns they are durable. A document whose hash is the stored one costs a look-up.
    /// </summary>
    /// <returns>An outcome for each change.</returns>
    public IReadOnlyList<ChangeOutcome> Apply(IReadOnlyList<Change> changes) => Write(transaction =>
    {
        var outcomes = new List<ChangeOutcome>(changes.Count);
        foreach (var change in changes)
        {
            var corpus = EnsureCorpus(transaction, change.Corpus);
            outcomes.Add(change.Document is { } document ? Store(transaction, corpus, document) : Delete(transaction, corpus, change.Id));
        }

        return outcomes;
    });

    /// <summary>Forgets the removals that the keyword index has committed.</summary>
    public void PruneRemovals(long corpus, long upTo) => Write(transaction =>
        Run(transaction, "DELETE FROM removals WHERE corpus = $1 AND seq <= $2", corpus, upTo).ExecuteNonQuery());

    private CorpusRow EnsureCorpus(SqliteTransaction transaction, CorpusKey key)
    {
        Run(transaction, "INSERT INTO corpora (tenant, collection) VALUES ($1, $2) ON CONFLICT DO NOTHING", key.Tenant, key.Collection).ExecuteNonQuery();
        return ReadCorpus(Run(transaction, CorpusColumns + " WHERE tenant = $1 AND collection = $2", key.Tenant, key.Collection));
    }

    private ChangeOutcome Store(SqliteTransaction transaction, CorpusRow corpus, PreparedDocument document)
    {
        long? number = null;
        var chunksBefore = 0;
        using (var reader = Run(transaction, "SELECT doc, hash, chunks, origin FROM documents WHERE corpus = $1 AND id = $2", corpus.Number, document.Id).ExecuteReader())
        {
            if (reader.Read())
            {
                number = reader.GetInt64(0);
                chunksBefore = reader.GetInt32(2);
                if (reader.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(document.Hash) && reader.GetInt32(3) == (int)document.Origin)
                    return new ChangeOutcome(corpus.Number, corpus.Sequence, ChangeKind.Unchanged, chunksBefore, number.Value, null);
            }
        }

        var sequence = corpus.Sequence + 1;
        var added = number is null ? 1 : 0;
        if (number is { } existing)
        {
            RemoveChunks(transaction, existing);
            Run(
                transaction,
                "UPDATE documents SET origin = $2, seq = $3, hash = $4, content_type = $5, chunks = $6, title = $7, metadata = $8, text = $9 WHERE doc = $1",
                existing, (int)document.Origin, sequence, document.Hash, (int)document.Format, document.Chunks.Count, document.Title, document.MetadataJson, document.Text)
                .ExecuteNonQuery();
        }
        else
        {
            number = (long)Run(
                transaction,
                "INSERT INTO documents (corpus, id, origin, seq, hash, content_type, chunks, title, metadata, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING doc",
                corpus.Number, document.Id, (int)document.Origin, sequence, document.Hash, (int)document.Format, document.Chunks.Count, document.Title, document.MetadataJson, document.Text)
                .ExecuteScalar()!;
        }

        StoreMetadata(transaction, corpus.Number, number.Value, document.Metadata);
        var chunks = new List<ChunkRow>(document.Chunks.Count);
        for (var i = 0; i < document.Chunks.Count; i++)
        {
            var chunk = document.Chunks[i];
            var text = document.Text[chunk.Start..chunk.End];
            var chunkNumber = (long)Run(
                transaction,
                """INSERT INTO chunks (corpus, doc, ordinal, "start", "end", heading, text) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING chunk""",
                corpus.Number, number, i, chunk.Start, chunk.End, chunk.Heading, text)
                .ExecuteScalar()!;
            chunks.Add(new ChunkRow(chunkNumber, document.Title, chunk.Heading, text));
        }

        Advance(transaction, corpus.Number, sequence, added, chunks.Count - chunksBefore);
        return new ChangeOutcome(corpus.Number, sequence, ChangeKind.Stored, chunks.Count, number.Value, new IndexedDocument(number.Value, sequence, chunks, document.Metadata));
    }

    private ChangeOutcome Delete(SqliteTransaction transaction, CorpusRow corpus, string id)
    {
        if (Run(transaction, "SELECT doc FROM documents WHERE corpus = $1 AND id = $2", corpus.Number, id).ExecuteScalar() is not long document)
            return new ChangeOutcome(corpus.Number, corpus.Sequence, ChangeKind.NotFound, 0, 0, null);
        var sequence = corpus.Sequence + 1;
        var chunks = RemoveChunks(transaction, document);
        StoreMetadata(transaction, corpus.Number, document, MetadataJson.None);
        Run(transaction, "DELETE FROM documents WHERE doc = $1", document).ExecuteNonQuery();
        Run(transaction, "INSERT INTO removals (corpus, seq, doc) VALUES ($1, $2, $3)", corpus.Number, sequence, document).ExecuteNonQuery();
        Advance(transaction, corpus.Number, sequence, -1, -chunks);
        return new ChangeOutcome(corpus.Number, sequence, ChangeKind.Deleted, 0, document, null);
    }

    /// <summary>Removes a document's chunks and vectors, and notes which of them the vector index may hold.</summary>
    private int RemoveChunks(SqliteTransaction transaction, long document)
    {
        const string Chunks = "(SELECT chunk FROM chunks WHERE doc = $1)";
        Run(transaction, $"INSERT OR IGNORE INTO vector_removals SELECT generation, chunk FROM vectors WHERE chunk IN {Chunks}", document).ExecuteNonQuery();
        Run(transaction, $"DELETE FROM vectors WHERE chunk IN {Chunks}", document).ExecuteNonQuery();
        return Run(transaction, "DELETE FROM chunks WHERE doc = $1", document).ExecuteNonQuery();
    }

    private void Advance(SqliteTransaction transaction, long corpus, long sequence, int documents, int chunks) =>
        Run(transaction, "UPDATE corpora SET seq = $2, documents = documents + $3, chunks = chunks + $4 WHERE corpus = $1", corpus, sequence, documents, chunks).ExecuteNonQuery();

    /// <summary>A statement of the writing connection with its parameters $1, $2, …, prepared once.</summary>
    private SqliteCommand Run(SqliteTransaction transaction, string sql, params ReadOnlySpan<object?> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _writer.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < parameters.Length; i++) command.Parameters.Add(new SqliteParameter($"${i + 1}", null));
            _commands.Add(sql, command);
        }

        command.Transaction = transaction;
        for (var i = 0; i < parameters.Length; i++) command.Parameters[i].Value = parameters[i];
        return command;
    }

    private void DisposeCommands()
    {
        foreach (var command in _commands.Values) command.Dispose();
    }
}
