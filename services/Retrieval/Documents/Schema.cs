namespace Slipway.Retrieval.Documents;

/// <summary>
/// The tables of documents.db. All that the indexes hold can be rebuilt from here.
/// <list type="bullet">
/// <item><c>corpora</c>: one row for each collection of a tenant; <c>seq</c> grows by one with each change of its documents and never returns.</item>
/// <item><c>documents</c> and <c>chunks</c>: numbers are AUTOINCREMENT, so a number that an index still holds after a crash never means another document.</item>
/// <item><c>metadata</c>: the documents' metadata, a row for each value; <c>number</c> is the value where it counts in ranges.</item>
/// <item><c>removals</c>: documents deleted since the keyword index was last committed.</item>
/// <item><c>generations</c>: fits of the embedder; <c>upto</c> is the last chunk that was embedded. <c>vectors</c>: the embedded chunks.</item>
/// <item><c>vector_removals</c>: chunks that the vector index may still hold.</item>
/// <item><c>recall</c>: what is known of the recall of a corpus' vectors. <c>fusion</c>: the weight that was chosen for it.</item>
/// <item><c>generations.identity</c> and <c>spec</c>: which embedder of the configuration made a generation, and how it is had again.</item>
/// <item><c>embed_failures</c>: chunks that a generation's embedder failed on alone; <c>final</c> ones are given up.</item>
/// </list>
/// </summary>
internal static class Schema
{
    /// <summary>Written to SQLite's user_version. A database of a later version is refused, not guessed at.</summary>
    public static int Version => Steps.Length;

    /// <summary>Step i makes version i + 1 of version i. A step that was released is never changed.</summary>
    public static string[] Steps { get; } = [First, Recall, Collections, Fusion, Embedders];

    /// <summary>The version from which on metadata have a table of their own.</summary>
    public const int MetadataVersion = 3;

    private const string First = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE corpora (
            corpus INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant TEXT NOT NULL UNIQUE,
            seq INTEGER NOT NULL DEFAULT 0,
            documents INTEGER NOT NULL DEFAULT 0,
            chunks INTEGER NOT NULL DEFAULT 0,
            generation INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE documents (
            doc INTEGER PRIMARY KEY AUTOINCREMENT,
            corpus INTEGER NOT NULL,
            id TEXT NOT NULL,
            origin INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            hash BLOB NOT NULL,
            content_type INTEGER NOT NULL,
            chunks INTEGER NOT NULL,
            title TEXT NOT NULL,
            metadata TEXT NOT NULL,
            text TEXT NOT NULL,
            UNIQUE (corpus, id));
        CREATE INDEX documents_seq ON documents (corpus, seq);
        CREATE TABLE chunks (
            chunk INTEGER PRIMARY KEY AUTOINCREMENT,
            corpus INTEGER NOT NULL,
            doc INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            "start" INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            heading TEXT NOT NULL,
            text TEXT NOT NULL);
        CREATE INDEX chunks_doc ON chunks (doc, ordinal);
        CREATE INDEX chunks_corpus ON chunks (corpus, chunk);
        CREATE TABLE removals (corpus INTEGER NOT NULL, seq INTEGER NOT NULL, doc INTEGER NOT NULL, PRIMARY KEY (corpus, seq)) WITHOUT ROWID;
        CREATE TABLE generations (
            generation INTEGER PRIMARY KEY AUTOINCREMENT,
            corpus INTEGER NOT NULL,
            version TEXT NOT NULL,
            fitted_chunks INTEGER NOT NULL,
            upto INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE vectors (chunk INTEGER NOT NULL, generation INTEGER NOT NULL, vector BLOB NOT NULL);
        CREATE UNIQUE INDEX vectors_chunk ON vectors (chunk, generation);
        CREATE INDEX vectors_generation ON vectors (generation, chunk);
        CREATE TABLE vector_removals (generation INTEGER NOT NULL, chunk INTEGER NOT NULL, PRIMARY KEY (generation, chunk)) WITHOUT ROWID;
        """;

    private const string Recall = """
        CREATE TABLE recall (
            corpus INTEGER PRIMARY KEY,
            generation INTEGER NOT NULL,
            state INTEGER NOT NULL,
            since_ms INTEGER NOT NULL,
            rebuilds INTEGER NOT NULL,
            next_ms INTEGER NOT NULL,
            samples BLOB NOT NULL);
        """;

    // SQLite cannot take a UNIQUE away, so the table is made anew.
    private const string Collections = """
        CREATE TABLE corpora_new (
            corpus INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant TEXT NOT NULL,
            collection TEXT NOT NULL,
            seq INTEGER NOT NULL DEFAULT 0,
            documents INTEGER NOT NULL DEFAULT 0,
            chunks INTEGER NOT NULL DEFAULT 0,
            generation INTEGER NOT NULL DEFAULT 0,
            UNIQUE (tenant, collection));
        INSERT INTO corpora_new (corpus, tenant, collection, seq, documents, chunks, generation)
            SELECT corpus, tenant, 'default', seq, documents, chunks, generation FROM corpora;
        DROP TABLE corpora;
        ALTER TABLE corpora_new RENAME TO corpora;
        CREATE TABLE metadata (corpus INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, number REAL, doc INTEGER NOT NULL);
        CREATE INDEX metadata_value ON metadata (corpus, name, value, doc);
        CREATE INDEX metadata_number ON metadata (corpus, name, number, doc) WHERE number IS NOT NULL;
        CREATE INDEX metadata_doc ON metadata (doc);
        """;

    private const string Fusion = """
        CREATE TABLE fusion (
            corpus INTEGER PRIMARY KEY,
            weight REAL NOT NULL,
            source INTEGER NOT NULL,
            questions INTEGER NOT NULL,
            keyword REAL NOT NULL,
            vector REAL NOT NULL,
            default_ REAL NOT NULL,
            held_out REAL NOT NULL,
            policy TEXT NOT NULL,
            embedder TEXT NOT NULL,
            chosen_ms INTEGER NOT NULL);
        """;

    /// <summary>Generations of before are of LSA. A trigger forgets the failures of chunks that go, so that whoever removes chunks need not know of them.</summary>
    private const string Embedders = """
        ALTER TABLE generations ADD COLUMN identity TEXT NOT NULL DEFAULT 'lsa';
        ALTER TABLE generations ADD COLUMN spec TEXT NOT NULL DEFAULT '';
        CREATE TABLE embed_failures (
            generation INTEGER NOT NULL,
            chunk INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            refusals INTEGER NOT NULL,
            final INTEGER NOT NULL,
            next_ms INTEGER NOT NULL,
            PRIMARY KEY (generation, chunk)) WITHOUT ROWID;
        CREATE INDEX embed_failures_chunk ON embed_failures (chunk);
        CREATE TRIGGER embed_failures_gone AFTER DELETE ON chunks BEGIN DELETE FROM embed_failures WHERE chunk = OLD.chunk; END;
        """;
}
