using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Aspire.Hosting.Local;

/// <summary>The resource list with states: who wants to see it (the terminal, waiting resources, a dashboard) reads or watches it here.</summary>
internal sealed class ResourceNotificationService
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ResourceSnapshot> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceSnapshot>> _watchers = [];

    /// <summary>The list as it is.</summary>
    internal IReadOnlyList<ResourceSnapshot> Current
    {
        get
        {
            lock (_gate) return [.. _current.Values];
        }
    }

    internal void Publish(ResourceSnapshot snapshot)
    {
        lock (_gate)
        {
            _current[snapshot.Name] = snapshot;
            foreach (var watcher in _watchers) watcher.Writer.TryWrite(snapshot);
        }
    }

    /// <summary>The list as it is, then each change, in order, none lost.</summary>
    internal async IAsyncEnumerable<ResourceSnapshot> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var subscription = Subscribe();
        foreach (var snapshot in subscription.Initial) yield return snapshot;
        await foreach (var snapshot in subscription.Changes.ReadAllAsync(cancellationToken)) yield return snapshot;
    }

    /// <summary>The list as it is, and the changes since.</summary>
    internal Subscription Subscribe()
    {
        var channel = Channel.CreateUnbounded<ResourceSnapshot>(new UnboundedChannelOptions { SingleReader = true });
        lock (_gate)
        {
            _watchers.Add(channel);
            return new Subscription([.. _current.Values], channel.Reader, () =>
            {
                lock (_gate) _watchers.Remove(channel);
            });
        }
    }

    /// <param name="Initial">The list as it was.</param>
    /// <param name="Changes">What changed since.</param>
    /// <param name="End">Ends the subscription.</param>
    internal sealed record Subscription(IReadOnlyList<ResourceSnapshot> Initial, ChannelReader<ResourceSnapshot> Changes, Action End) : IDisposable
    {
        public void Dispose() => End();
    }

    /// <summary>Waits until all of these resources are ready at the same time.</summary>
    internal async Task WaitUntilReadyAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        if (names.Count == 0) return;
        var missing = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
        await foreach (var snapshot in WatchAsync(cancellationToken))
        {
            if (snapshot.Ready) missing.Remove(snapshot.Name);
            else if (names.Contains(snapshot.Name, StringComparer.OrdinalIgnoreCase)) missing.Add(snapshot.Name);
            if (missing.Count == 0) return;
        }
    }
}
