using Slipway.Contracts;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Embedding.Migration;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Recall;

namespace Slipway.Retrieval.Corpora;

/// <summary>A collection of a tenant's documents at run time: the keyword index, the embedder in use and how far the vector index is.</summary>
internal sealed class Corpus(CorpusRow row, IKeywordIndex keyword) : IAsyncDisposable
{
    private volatile CorpusRow _row = row;
    private volatile IKeywordIndex _keyword = keyword;
    private volatile Generation? _generation;
    private volatile RecallHealth? _recallHealth;
    private volatile bool _keywordBroken;
    private volatile Generation? _other;
    private volatile MigrationRow? _migration;
    private long _vectorsEpoch;
    private long _otherEpoch;
    private long _changedAt;
    private long _committedSequence;
    private int _streams;

    public long Number { get; } = row.Number;

    public CorpusKey Key { get; } = row.Key;

    /// <summary>What people call it.</summary>
    public string Name { get; } = row.Key.ToString();

    /// <summary>The keyword index. Replaced only when it failed.</summary>
    public IKeywordIndex Keyword
    {
        get => _keyword;
        set => _keyword = value;
    }

    /// <summary>Held by whoever changes the keyword index or puts another in its place.</summary>
    public SemaphoreSlim KeywordGate { get; } = new(1);

    /// <summary>True while the keyword index lacks a change that is stored: it must be repaired before anything is acknowledged.</summary>
    public bool KeywordBroken
    {
        get => _keywordBroken;
        set => _keywordBroken = value;
    }

    /// <summary>Sequence and counts as of the last acknowledged change.</summary>
    public CorpusRow Row
    {
        get => _row;
        set => _row = value;
    }

    /// <summary>The embedder in use; null before the first fit.</summary>
    public Generation? Generation
    {
        get => _generation;
        set => _generation = value;
    }

    /// <summary>The epoch of the vector link in which this corpus' set was last known to be complete; 0 for never.</summary>
    public long VectorsEpoch
    {
        get => Interlocked.Read(ref _vectorsEpoch);
        set => Interlocked.Exchange(ref _vectorsEpoch, value);
    }

    /// <summary>While the embedder changes, the generation that is made beside the one in use, or kept beside it.</summary>
    public Generation? Other => _other;

    /// <summary>How far the change of the embedder is; null when there is none.</summary>
    public MigrationRow? Migration
    {
        get => _migration;
        set => _migration = value;
    }

    /// <summary>Held while it changes which generation is which.</summary>
    public Lock Transitions { get; } = new();

    /// <summary>What the recall of the vectors came to; null before the monitor has looked.</summary>
    public RecallHealth? RecallHealth
    {
        get => _recallHealth;
        set => _recallHealth = value;
    }

    /// <summary>When a document last changed, as a <see cref="TimeProvider"/> timestamp.</summary>
    public long ChangedAt
    {
        get => Interlocked.Read(ref _changedAt);
        set => Interlocked.Exchange(ref _changedAt, value);
    }

    /// <summary>How many streams of documents are open: while one is, a pause in the changes is no end of them.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>The sequence which the keyword index has committed since it was opened.</summary>
    public long CommittedSequence
    {
        get => Interlocked.Read(ref _committedSequence);
        set => Interlocked.Exchange(ref _committedSequence, value);
    }

    /// <summary>A stream of documents begins (1) or ends (-1).</summary>
    public void AddStream(int change) => Interlocked.Add(ref _streams, change);

    /// <summary>The epoch of the vector link in which a generation's set was last known to be complete; 0 for never, and for a generation that is neither in use nor beside it.</summary>
    public long EpochOf(Generation generation)
    {
        lock (Transitions) return generation == Generation ? VectorsEpoch : generation == Other ? _otherEpoch : 0;
    }

    /// <summary>Notes whether a generation's set is complete, if it is still in use or beside the one in use.</summary>
    public void SetEpoch(Generation generation, long epoch)
    {
        lock (Transitions)
        {
            if (generation == Generation) VectorsEpoch = epoch;
            else if (generation == Other) _otherEpoch = epoch;
        }
    }

    /// <summary>Whether a generation is in use, or beside the one in use; both are looked at together, so that one that changes its place is never missed.</summary>
    public bool Keeps(Func<Generation, bool> isIt)
    {
        lock (Transitions) return (Generation is { } present && isIt(present)) || (Other is { } other && isIt(other));
    }

    /// <summary>A generation stands beside the one in use, or none.</summary>
    public void SetOther(Generation? generation, long epoch)
    {
        lock (Transitions) (_other, _otherEpoch) = (generation, epoch);
    }

    /// <summary>A generation answers from now on.</summary>
    public void Use(Generation generation, long epoch)
    {
        lock (Transitions)
        {
            // A search between the two must not take the one set for as complete as the other.
            if (VectorsEpoch != epoch) VectorsEpoch = 0;
            Generation = generation;
            VectorsEpoch = epoch;
            Row = Row with { Generation = generation.Row.Number };
        }
    }

    /// <summary>The generation beside the one in use answers from now on, and that one stands beside it.</summary>
    public void Swap()
    {
        lock (Transitions)
        {
            var (present, epoch) = (Generation!, VectorsEpoch);
            Use(Other!, _otherEpoch);
            (_other, _otherEpoch) = (present, epoch);
        }
    }

    /// <summary>Its state as watchers see it.</summary>
    public CorpusState ToState(DocumentStore store) => new()
    {
        Tenant = Key.Tenant,
        Collection = Key.Collection,
        CorpusVersion = store.VersionFor(Row.Sequence),
        EmbeddingsVersion = Generation?.Embedder.Version ?? "",
        Documents = Row.Documents,
        Chunks = Row.Chunks,
    };

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Keyword.DisposeAsync();
}
