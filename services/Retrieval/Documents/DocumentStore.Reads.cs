using Microsoft.Data.Sqlite;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Documents;

internal sealed partial class DocumentStore
{
    private const string CorpusColumns = "SELECT corpus, tenant, collection, seq, documents, chunks, generation FROM corpora";

    /// <summary>All corpora.</summary>
    public IReadOnlyList<CorpusRow> ReadCorpora() => Read(connection =>
    {
        using var command = Command(connection, CorpusColumns + " ORDER BY corpus");
        using var reader = command.ExecuteReader();
        var rows = new List<CorpusRow>();
        while (reader.Read()) rows.Add(CorpusFrom(reader));
        return rows;
    });

    /// <summary>A corpus, or null.</summary>
    public CorpusRow? FindCorpus(CorpusKey key) => Read(connection =>
    {
        using var command = Command(connection, CorpusColumns + " WHERE tenant = $1 AND collection = $2", ("$1", key.Tenant), ("$2", key.Collection));
        using var reader = command.ExecuteReader();
        return reader.Read() ? CorpusFrom(reader) : null;
    });

    /// <summary>The chunks of a corpus among <paramref name="chunks"/>, by number. Chunks that are gone, or another corpus', are left out.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="chunks">Their numbers.</param>
    /// <param name="includeMetadata">Whether to read the metadata of their documents too.</param>
    public Dictionary<long, PassageRow> ReadPassages(long corpus, IEnumerable<long> chunks, bool includeMetadata = false) => Read(connection =>
    {
        var rows = new Dictionary<long, PassageRow>();
        using var command = Command(
            connection,
            """
            SELECT d.id, c.ordinal, d.title, c.heading, c.text, c."start", c."end", CASE WHEN $3 THEN d.metadata ELSE '' END FROM chunks c JOIN documents d ON d.doc = c.doc
            WHERE c.chunk = $1 AND c.corpus = $2
            """,
            ("$1", 0L), ("$2", corpus), ("$3", includeMetadata));
        foreach (var chunk in chunks)
        {
            command.Parameters[0].Value = chunk;
            using var reader = command.ExecuteReader();
            if (!reader.Read()) continue;
            rows[chunk] = new PassageRow(
                chunk, reader.GetString(0), reader.GetInt32(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt32(5), reader.GetInt32(6),
                MetadataJson.Read(reader.GetString(7)));
        }

        return rows;
    });

    /// <summary>The ids of the documents of chunks, by chunk. Chunks that are gone are left out.</summary>
    public Dictionary<long, string> ReadDocumentIds(long corpus, IReadOnlyList<long> chunks) => Read(connection =>
    {
        var rows = new Dictionary<long, string>(chunks.Count);
        using var command = Command(
            connection, "SELECT d.id FROM chunks c JOIN documents d ON d.doc = c.doc WHERE c.chunk = $1 AND c.corpus = $2", ("$1", 0L), ("$2", corpus));
        foreach (var chunk in chunks)
        {
            command.Parameters[0].Value = chunk;
            if (command.ExecuteScalar() is string id) rows[chunk] = id;
        }

        return rows;
    });

    /// <summary>Chunks numbered above <paramref name="after"/>, in order, at most <paramref name="count"/>.</summary>
    public IReadOnlyList<ChunkRow> ReadChunks(long corpus, long after, int count) => Read(connection =>
    {
        using var command = Command(
            connection,
            """
            SELECT c.chunk, d.title, c.heading, c.text FROM chunks c JOIN documents d ON d.doc = c.doc
            WHERE c.corpus = $1 AND c.chunk > $2 ORDER BY c.chunk LIMIT $3
            """,
            ("$1", corpus), ("$2", after), ("$3", count));
        using var reader = command.ExecuteReader();
        var rows = new List<ChunkRow>();
        while (reader.Read()) rows.Add(new ChunkRow(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return rows;
    });

    /// <summary>Documents changed after <paramref name="sequence"/>, in the order of their change, at most <paramref name="count"/>.</summary>
    public IReadOnlyList<IndexedDocument> ReadChanged(long corpus, long sequence, int count) => Read(connection =>
    {
        var documents = new List<(long Number, long Sequence, string Title, string Metadata)>();
        using (var command = Command(
            connection, "SELECT doc, seq, title, metadata FROM documents WHERE corpus = $1 AND seq > $2 ORDER BY seq LIMIT $3", ("$1", corpus), ("$2", sequence), ("$3", count)))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read()) documents.Add((reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), reader.GetString(3)));
        }

        var rows = new List<IndexedDocument>(documents.Count);
        using var chunks = Command(connection, "SELECT chunk, heading, text FROM chunks WHERE doc = $1 ORDER BY ordinal", ("$1", 0L));
        foreach (var (number, changed, title, metadata) in documents)
        {
            chunks.Parameters[0].Value = number;
            using var reader = chunks.ExecuteReader();
            var list = new List<ChunkRow>();
            while (reader.Read()) list.Add(new ChunkRow(reader.GetInt64(0), title, reader.GetString(1), reader.GetString(2)));
            rows.Add(new IndexedDocument(number, changed, list, MetadataJson.Read(metadata)));
        }

        return rows;
    });

    /// <summary>The documents deleted after <paramref name="sequence"/>.</summary>
    public IReadOnlyList<long> ReadRemovals(long corpus, long sequence) => Read(connection =>
    {
        using var command = Command(connection, "SELECT doc FROM removals WHERE corpus = $1 AND seq > $2 ORDER BY seq", ("$1", corpus), ("$2", sequence));
        using var reader = command.ExecuteReader();
        var rows = new List<long>();
        while (reader.Read()) rows.Add(reader.GetInt64(0));
        return rows;
    });

    /// <summary>The ids of a corpus' documents of one origin, with their content hashes.</summary>
    public Dictionary<string, byte[]> ReadIds(long corpus, DocumentOrigin origin) => Read(connection =>
    {
        using var command = Command(connection, "SELECT id, hash FROM documents WHERE corpus = $1 AND origin = $2", ("$1", corpus), ("$2", (int)origin));
        using var reader = command.ExecuteReader();
        var rows = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        while (reader.Read()) rows.Add(reader.GetString(0), reader.GetFieldValue<byte[]>(1));
        return rows;
    });

    /// <summary>The ids of some documents of a corpus.</summary>
    public IReadOnlyList<string> ReadSomeIds(long corpus, int count) => Read(connection =>
    {
        using var command = Command(connection, "SELECT id FROM documents WHERE corpus = $1 LIMIT $2", ("$1", corpus), ("$2", count));
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(reader.GetString(0));
        return rows;
    });

    private static CorpusRow ReadCorpus(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        reader.Read();
        return CorpusFrom(reader);
    }

    private static CorpusRow CorpusFrom(SqliteDataReader reader) =>
        new(reader.GetInt64(0), new CorpusKey(reader.GetString(1), reader.GetString(2)), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6));
}
