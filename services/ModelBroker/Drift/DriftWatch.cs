using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ServiceDefaults.Configuration;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ModelBroker.Drift;

/// <summary>
/// Notices when something else answers under a model's name: what the provider calls the model, and its fingerprint (OpenAI's <c>system_fingerprint</c>), are remembered across restarts, and one
/// that was never seen raises an event. A provider that moves back and forth between two machines raises one event for each, not one for each call.
/// </summary>
internal sealed partial class DriftWatch
{
    /// <summary>Identities that are remembered of a model; the one that was seen longest ago is forgotten for one more.</summary>
    public const int MostIdentities = 16;

    private const int MostEvents = 200;

    private static readonly Counter<long> Events = SlipwayTelemetry.Meter.CreateCounter<long>(
        "slipway.model.drift", "{event}", "Changes of models that somebody should look at, by model and kind.");

    private readonly ModelCatalog _catalog;
    private readonly LastKnown<DescribeModelsResponse> _disk;
    private readonly TimeProvider _time;
    private readonly ILogger<DriftWatch> _logger;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, ModelSeen> _models = new(StringComparer.Ordinal);
    private readonly Queue<ModelEvent> _events = new();

    public DriftWatch(ModelCatalog catalog, LastKnown<DescribeModelsResponse> disk, TimeProvider time, ILogger<DriftWatch> logger)
    {
        (_catalog, _disk, _time, _logger) = (catalog, disk, time, logger);
        var saved = disk.Load();
        foreach (var name in catalog.Models.Keys) _models[name] = new ModelSeen(saved?.Models.FirstOrDefault(model => model.Model == name));
        foreach (var told in saved?.Events ?? []) _events.Enqueue(told);
    }

    /// <summary>Something answered under a model's name. Costs a comparison when it is what answered last.</summary>
    /// <param name="model">The catalog's name.</param>
    /// <param name="providerModel">What the provider calls it.</param>
    /// <param name="fingerprint">The provider's fingerprint, or empty.</param>
    public void Observe(string model, string providerModel, string fingerprint)
    {
        if (!_models.TryGetValue(model, out var seen)) return;
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        if (seen.Last is { } last && last.ProviderModel == providerModel && last.Fingerprint == fingerprint)
        {
            last.LastSeenUnixMs = now;
            return;
        }

        lock (_gate)
        {
            var known = seen.Identities.FirstOrDefault(identity => identity.ProviderModel == providerModel && identity.Fingerprint == fingerprint);
            var before = seen.Last ?? seen.Identities.MaxBy(identity => identity.LastSeenUnixMs);
            if (known is not null)
            {
                known.LastSeenUnixMs = now;
                seen.Last = known;
                return;
            }

            seen.Last = new ModelIdentity { ProviderModel = providerModel, Fingerprint = fingerprint, FirstSeenUnixMs = now, LastSeenUnixMs = now };
            seen.Identities.Add(seen.Last);
            if (seen.Identities.Count > MostIdentities) seen.Identities.Remove(seen.Identities.MinBy(identity => identity.LastSeenUnixMs)!);
            // The first of all is what the others are compared with.
            if (before is null) Save();
            else if (before.ProviderModel != providerModel) Raise(model, "version", $"'{providerModel}' answers; before it was '{before.ProviderModel}'.");
            else Raise(model, "fingerprint", $"The fingerprint of '{providerModel}' is '{fingerprint}'; before it was '{before.Fingerprint}'.");
        }
    }

    /// <summary>Raises an event: kept, counted, logged.</summary>
    /// <param name="model">The catalog's name.</param>
    /// <param name="kind"><c>version</c>, <c>fingerprint</c>, <c>deprecation</c>, <c>probe_failed</c> or <c>probe_recovered</c>.</param>
    /// <param name="detail">What an operator should know. Never a prompt or an answer.</param>
    public void Raise(string model, string kind, string detail)
    {
        lock (_gate)
        {
            _events.Enqueue(new ModelEvent { TimeUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds(), Model = model, Kind = kind, Detail = detail });
            if (_events.Count > MostEvents) _events.Dequeue();
            Save();
        }

        Events.Add(1, new KeyValuePair<string, object?>("gen_ai.request.model", model), new KeyValuePair<string, object?>("slipway.model.drift.kind", kind));
        LogDrift(model, kind, detail);
    }

    /// <summary>Notes how a probe came out; true when that changed whether it is within its tolerance.</summary>
    public bool Note(string model, ProbeState probe)
    {
        if (!_models.TryGetValue(model, out var seen)) return false;
        lock (_gate)
        {
            var before = seen.Probes.GetValueOrDefault(probe.Name);
            seen.Probes[probe.Name] = probe;
            return IsWithin(probe) != (before is null || IsWithin(before));
        }
    }

    /// <summary>Whether an answer is near enough to what is expected.</summary>
    public static bool IsWithin(ProbeState probe) => probe.Similarity >= probe.LeastSimilarity;

    /// <summary>Whether an event of a kind and with a detail was raised already.</summary>
    public bool WasRaised(string model, string kind, string detail)
    {
        lock (_gate) return _events.Any(told => told.Model == model && told.Kind == kind && told.Detail == detail);
    }

    /// <summary>All that was seen.</summary>
    public DescribeModelsResponse Describe()
    {
        lock (_gate)
        {
            var response = new DescribeModelsResponse();
            foreach (var model in _catalog.Models.Values.OrderBy(model => model.Name, StringComparer.Ordinal))
            {
                var seen = _models[model.Name];
                var state = new ModelState
                {
                    Model = model.Name,
                    Provider = model.Provider.Label,
                    Mode = model.Entry.Mode,
                    DeprecationDate = model.Entry.DeprecationDate?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) ?? "",
                };
                state.Identities.AddRange(seen.Identities.Select(identity => identity.Clone()));
                state.Probes.AddRange(seen.Probes.Values.Select(probe => probe.Clone()));
                response.Models.Add(state);
            }

            response.Events.AddRange(_events);
            return response;
        }
    }

    private void Save() => _disk.Save(Describe());

    [LoggerMessage(30, LogLevel.Warning, "The model {Model} drifted ({Kind}): {Detail}")]
    private partial void LogDrift(string model, string kind, string detail);

    private sealed class ModelSeen
    {
        public ModelSeen(ModelState? saved)
        {
            Identities = [.. saved?.Identities ?? []];
            Probes = (saved?.Probes ?? []).ToDictionary(probe => probe.Name, StringComparer.Ordinal);
        }

        public List<ModelIdentity> Identities { get; }

        public Dictionary<string, ProbeState> Probes { get; }

        public ModelIdentity? Last { get; set => Volatile.Write(ref field, value); }
    }
}
