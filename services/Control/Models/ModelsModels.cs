namespace Slipway.Control.Models;

/// <summary>The models of the broker, and what changed about them.</summary>
/// <param name="Models">The offered models, by name.</param>
/// <param name="Events">What changed, the newest first, at most 200.</param>
internal sealed record ModelsResponse(IReadOnlyList<ModelView> Models, IReadOnlyList<ModelEventView> Events);

/// <summary>An offered model.</summary>
/// <param name="Model">The catalog's name.</param>
/// <param name="Provider">Its provider.</param>
/// <param name="Mode">chat, embedding or rerank.</param>
/// <param name="DeprecationDate">The day on which the provider switches it off (yyyy-MM-dd); null when none is known.</param>
/// <param name="Identities">What answered under its name, in the order in which they were first seen.</param>
/// <param name="Probes">How its probes came out last.</param>
internal sealed record ModelView(string Model, string Provider, string Mode, string? DeprecationDate, IReadOnlyList<ModelIdentityView> Identities, IReadOnlyList<ProbeView> Probes);

/// <summary>What answered under a model's name.</summary>
/// <param name="ProviderModel">What the provider calls it.</param>
/// <param name="Fingerprint">The provider's fingerprint; null when it sends none.</param>
/// <param name="FirstSeen">When it answered first.</param>
/// <param name="LastSeen">When it answered last.</param>
internal sealed record ModelIdentityView(string ProviderModel, string? Fingerprint, DateTimeOffset FirstSeen, DateTimeOffset LastSeen);

/// <summary>How a probe came out.</summary>
/// <param name="Name">The probe.</param>
/// <param name="Similarity">Of the last answer and the expected one, 0 to 1.</param>
/// <param name="LeastSimilarity">What is wanted.</param>
/// <param name="Within">Whether it is.</param>
/// <param name="Answered">When it was answered last.</param>
internal sealed record ProbeView(string Name, double Similarity, double LeastSimilarity, bool Within, DateTimeOffset? Answered);

/// <summary>What changed about a model.</summary>
/// <param name="Time">When it was noticed.</param>
/// <param name="Model">The model.</param>
/// <param name="Kind">version, fingerprint, deprecation, probe_failed or probe_recovered.</param>
/// <param name="Detail">For people.</param>
internal sealed record ModelEventView(DateTimeOffset Time, string Model, string Kind, string Detail);
