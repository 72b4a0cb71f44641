using System.Globalization;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Keyword;

/// <summary>
/// BM25 over Lucene.NET, one index for each corpus: statistics and results of one tenant never touch another's. A chunk is a Lucene document with the fields
/// <c>doc</c> (its document's number, the key), <c>chunk</c> (its number, a doc value), <c>body</c> (title, headings and text), <c>title</c>, <c>heading</c> and its document's metadata.
/// A commit carries, as user data, the corpus sequence that it holds.
/// </summary>
internal sealed class LuceneIndex : IKeywordIndex
{
    private const string SequenceKey = "sequence";
    private const string FingerprintKey = "fingerprint";

    /// <summary>Segments are merged when those beside the largest hold a fifth of the chunks: a trickle of changes must not rewrite a large index each time.</summary>
    private const int LooseShare = 5;

    private readonly FSDirectory _directory;
    private readonly IndexWriter _writer;
    private readonly SearcherManager _searchers;
    private readonly ChunkAnalyzer _analyzer = new();
    private readonly KeywordOptions _options;
    private readonly string _fingerprint;
    private readonly System.Threading.Lock _gate = new();
    private long _committed;
    private bool _closed;

    private LuceneIndex(string folder, string fingerprint, KeywordOptions options)
    {
        _options = options;
        _fingerprint = fingerprint;
        _directory = new MappedDirectory(folder);
        try
        {
            var stored = DirectoryReader.IndexExists(_directory) ? ReadUserData(_directory) : null;
            var known = stored is not null && stored.TryGetValue(FingerprintKey, out var made) && made == fingerprint;
            Sequence = _committed = known ? long.Parse(stored![SequenceKey], CultureInfo.InvariantCulture) : 0;
            var similarity = new BM25Similarity(options.K1, options.B);
            _writer = new IndexWriter(_directory, new IndexWriterConfig(LuceneVersion.LUCENE_48, _analyzer)
            {
                OpenMode = known ? OpenMode.APPEND : OpenMode.CREATE,
                RAMBufferSizeMB = 16,
                Similarity = similarity,
                // Every group of documents that is made visible is a segment, and every term is looked up in every segment: Lucene's ten of each size are too many.
                MergePolicy = new TieredMergePolicy { SegmentsPerTier = 4, MaxMergeAtOnce = 4 },
            });
            _searchers = new SearcherManager(_writer, true, new Searchers(similarity));
        }
        catch
        {
            _writer?.Rollback();
            _directory.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public long Sequence { get; private set; }

    /// <summary>
    /// Opens the index of a folder. One that is damaged, or that another database, analysis or version made, is emptied: its <see cref="Sequence"/> is 0.
    /// </summary>
    /// <param name="folder">The folder, made where it is missing.</param>
    /// <param name="databaseId">The documents store that it belongs to.</param>
    /// <param name="options">Ranking.</param>
    public static LuceneIndex Open(string folder, string databaseId, KeywordOptions options)
    {
        var fingerprint = $"{databaseId}/{ChunkAnalyzer.Version}/{LuceneChunk.Version}";
        try
        {
            return new LuceneIndex(folder, fingerprint, options);
        }
        catch (Exception exception) when (exception is IOException and not LockObtainFailedException
            or ArgumentException or InvalidOperationException or FormatException or IndexOutOfRangeException or KeyNotFoundException)
        {
            System.IO.Directory.Delete(folder, recursive: true);
            return new LuceneIndex(folder, fingerprint, options);
        }
    }

    /// <inheritdoc />
    public ValueTask ApplyAsync(IReadOnlyList<IndexedDocument> documents, IReadOnlyList<long> removed, long sequence, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (var number in removed) _writer.DeleteDocuments(Key(number));
            foreach (var document in documents) _writer.UpdateDocuments(Key(document.Document), LuceneChunk.From(document));
            Sequence = Math.Max(Sequence, sequence);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        _searchers.MaybeRefreshBlocking();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask<long> CommitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_closed || _committed == Sequence ? _committed : CommitNow());
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ScoredChunk>> SearchAsync(string query, int count, MetadataFilter? filter, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Search(query, count, filter));

    /// <summary>The search itself, which waits for nothing.</summary>
    public IReadOnlyList<ScoredChunk> Search(string query, int count, MetadataFilter? filter)
    {
        if (KeywordQuery.Build(query, _analyzer, _options) is not { } built) return [];
        var searcher = _searchers.Acquire();
        try
        {
            var hits = searcher.Search(built, filter is null ? null : LuceneFilter.From(filter), count).ScoreDocs;
            var leaves = searcher.IndexReader.Leaves;
            var result = new ScoredChunk[hits.Length];
            for (var i = 0; i < hits.Length; i++)
            {
                var leaf = leaves[ReaderUtil.SubIndex(hits[i].Doc, leaves)];
                result[i] = new ScoredChunk(leaf.AtomicReader.GetNumericDocValues(KeywordFields.Chunk).Get(hits[i].Doc - leaf.DocBase), hits[i].Score);
            }

            // Lucene gives equal scores in the order of its segments, which merges change.
            Array.Sort(result, static (a, b) => b.Score.CompareTo(a.Score) is not 0 and var order ? order : a.Chunk.CompareTo(b.Chunk));
            return result;
        }
        finally
        {
            _searchers.Release(searcher);
        }
    }

    /// <inheritdoc />
    public ValueTask TidyAsync(CancellationToken cancellationToken)
    {
        var searcher = _searchers.Acquire();
        try
        {
            var reader = searcher.IndexReader;
            var largest = reader.Leaves.Count == 0 ? 0 : reader.Leaves.Max(leaf => leaf.Reader.MaxDoc);
            if (reader.Leaves.Count <= 1 || (reader.MaxDoc - largest) * LooseShare < reader.MaxDoc) return ValueTask.CompletedTask;
        }
        finally
        {
            _searchers.Release(searcher);
        }

        // Outside of the lock: documents may come while it merges.
        _writer.ForceMerge(1);
        _searchers.MaybeRefreshBlocking();
        lock (_gate)
        {
            if (!_closed) CommitNow();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public void Abandon()
    {
        lock (_gate) Close(_writer.Rollback);
    }

    /// <summary>Commits and closes.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            if (_committed != Sequence) CommitNow();
            Close(_writer.Dispose);
        }
    }

    private long CommitNow()
    {
        _writer.SetCommitData(new Dictionary<string, string>
        {
            [FingerprintKey] = _fingerprint,
            [SequenceKey] = Sequence.ToString(CultureInfo.InvariantCulture),
        });
        _writer.Commit();
        return _committed = Sequence;
    }

    private void Close(Action closeWriter)
    {
        if (_closed) return;
        _closed = true;
        _searchers.Dispose();
        try
        {
            closeWriter();
        }
        finally
        {
            _directory.Dispose();
            _analyzer.Dispose();
        }
    }

    private static Term Key(long document) => new(KeywordFields.Document, document.ToString(CultureInfo.InvariantCulture));

    private static IDictionary<string, string> ReadUserData(FSDirectory directory)
    {
        using var reader = DirectoryReader.Open(directory);
        return reader.IndexCommit.UserData;
    }

    private sealed class Searchers(Similarity similarity) : SearcherFactory
    {
        public override IndexSearcher NewSearcher(IndexReader reader) => new(reader) { Similarity = similarity };
    }
}
