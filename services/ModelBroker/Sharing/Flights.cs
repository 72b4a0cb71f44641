using System.Diagnostics.Metrics;
using Slipway.Contracts;
using Slipway.ModelBroker.Models;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ModelBroker.Sharing;

/// <summary>The streams that are under way, by what they ask.</summary>
internal sealed class Flights
{
    private static readonly Counter<long> Shared = SlipwayTelemetry.Meter.CreateCounter<long>("slipway.model.shared", "{request}", "Requests answered by another request's call: coalesced, reused, or of another replica.");

    private readonly Lock _gate = new();
    private TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, Flight> _flights = new(StringComparer.Ordinal);

    /// <summary>Notes a request that no call was made for.</summary>
    public static void Note(string how) => Shared.Add(1, new KeyValuePair<string, object?>("how", how));

    /// <summary>Completes when so many requests share a call: a test's signal.</summary>
    internal async Task WhenReadersAsync(int readers)
    {
        while (true)
        {
            Task joined;
            lock (_gate)
            {
                if (_flights.Values.Any(flight => flight.Readers >= readers)) return;
                joined = _joined.Task;
            }

            await joined;
        }
    }

    /// <summary>Joins the call of this key, or makes it.</summary>
    /// <param name="key">What is asked.</param>
    /// <param name="call">The caller's.</param>
    /// <param name="start">Makes the call, as a stream of events.</param>
    public async IAsyncEnumerable<CompleteEvent> ReadAsync(string key, ModelCall call, Func<ModelCall, IAsyncEnumerable<CompleteEvent>> start)
    {
        Flight? flight;
        lock (_gate)
        {
            if (_flights.TryGetValue(key, out flight) && flight.TryJoin())
            {
                Note("coalesced");
            }
            else
            {
                _flights[key] = flight = new Flight();
                flight.TryJoin();
                _ = FlyAsync(key, flight, start(call.With(flight.Given)));
            }

            _joined.TrySetResult();
            _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            await foreach (var item in flight.ReadAsync(call.Cancellation)) yield return item;
        }
        finally
        {
            if (flight.Leave()) Remove(key, flight);
        }
    }

    private async Task FlyAsync(string key, Flight flight, IAsyncEnumerable<CompleteEvent> events)
    {
        // Off the lock, and off the first reader's thread.
        await Task.Yield();
        try
        {
            await foreach (var item in events) flight.Add(item);
            Remove(key, flight);
            flight.End(null);
        }
        catch (Exception exception)
        {
            Remove(key, flight);
            flight.End(exception);
        }
    }

    /// <summary>Whoever asks from now on makes a call of his own.</summary>
    private void Remove(string key, Flight flight)
    {
        lock (_gate)
        {
            if (_flights.TryGetValue(key, out var current) && current == flight) _flights.Remove(key);
        }
    }
}
