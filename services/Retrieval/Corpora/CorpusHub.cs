using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Slipway.Contracts;

namespace Slipway.Retrieval.Corpora;

/// <summary>
/// Tells watchers the state of every corpus, then each change. A watcher that is slower than the changes skips to the latest state of each corpus: it never waits
/// for old news, never misses the last, and holds no memory but one revision number.
/// </summary>
internal sealed class CorpusHub
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Tenant, string Collection), (long Revision, CorpusState State)> _states = [];
    private readonly HashSet<Channel<bool>> _watchers = [];
    private long _revision;

    /// <summary>A corpus' new state. Nothing happens when it is the one that was published last.</summary>
    public void Publish(CorpusState state)
    {
        lock (_gate)
        {
            var key = (state.Tenant, state.Collection);
            if (_states.TryGetValue(key, out var last) && last.State.Equals(state)) return;
            _states[key] = (++_revision, state);
            foreach (var watcher in _watchers) watcher.Writer.TryWrite(true);
        }
    }

    /// <summary>All states, then changes, until cancelled.</summary>
    public async IAsyncEnumerable<CorpusState> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // One pending wake-up is enough: what changed is read from the states.
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
        wake.Writer.TryWrite(true);
        lock (_gate) _watchers.Add(wake);
        try
        {
            long seen = 0;
            while (await wake.Reader.WaitToReadAsync(cancellationToken))
            {
                wake.Reader.TryRead(out _);
                foreach (var (revision, state) in NewerThan(seen))
                {
                    seen = revision;
                    yield return state;
                }
            }
        }
        finally
        {
            lock (_gate) _watchers.Remove(wake);
        }
    }

    private List<(long Revision, CorpusState State)> NewerThan(long revision)
    {
        lock (_gate) return [.. _states.Values.Where(entry => entry.Revision > revision).OrderBy(entry => entry.Revision)];
    }
}
