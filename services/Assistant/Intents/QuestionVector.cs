using Slipway.Contracts;

namespace Slipway.Assistant.Intents;

/// <summary>A question's vector, made once: for the lookup by intent, for the search, and for the answer when it is stored.</summary>
/// <param name="Vector">The vector.</param>
/// <param name="EmbeddingsVersion">Which embedder made it.</param>
internal sealed record QuestionVector(Vector Vector, string EmbeddingsVersion);
