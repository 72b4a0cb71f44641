using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Embedding;

/// <summary>An embedder in use for a corpus, with the vectors that it made.</summary>
/// <param name="Row">Its row in the store.</param>
/// <param name="Embedder">The embedder.</param>
/// <param name="Set">The set of the vector index that holds its vectors.</param>
internal sealed record Generation(GenerationRow Row, IEmbedder Embedder, string Set);
