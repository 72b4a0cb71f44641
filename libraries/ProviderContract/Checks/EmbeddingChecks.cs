namespace Slipway.ProviderContract.Checks;

/// <summary>Vectors.</summary>
internal static class EmbeddingChecks
{
    public static readonly ContractCheck[] All =
    [
        new("embeddings-order", "Vectors come in the order of their texts, all of one length.", OrderAsync),
        new("embeddings-near", "Texts that mean nearly the same have vectors that are nearer than others.", NearAsync),
        new("embeddings-dimensions", "Vectors have the length that is asked for, or the request is refused.", DimensionsAsync),
    ];

    private static async Task<string> OrderAsync(IContractTarget target, CancellationToken cancelled)
    {
        string[] texts = ["Rollback takes a second.", "Quotas belong to tenants.", "The sea is blue."];
        var forward = await EmbedAsync(target, texts, null, cancelled);
        var backward = await EmbedAsync(target, [.. texts.Reverse()], null, cancelled);
        Expect.That(forward.Count == texts.Length && backward.Count == texts.Length, $"{forward.Count} vectors came for {texts.Length} texts.");
        Expect.That(forward.Concat(backward).All(vector => vector.Count == forward[0].Count), "The vectors have different lengths.");
        for (var i = 0; i < texts.Length; i++) Expect.That(Cosine(forward[i], backward[texts.Length - 1 - i]) > 0.99, $"The vector of text {i} is another when the texts stand in another order.");
        return $"{forward[0].Count} dimensions";
    }

    private static async Task<string> NearAsync(IContractTarget target, CancellationToken cancelled)
    {
        var vectors = await EmbedAsync(target, ["How do I roll back a release?", "How do I roll back the release?", "Which bird is the fastest?"], null, cancelled);
        var (near, far) = (Cosine(vectors[0], vectors[1]), Cosine(vectors[0], vectors[2]));
        Expect.That(near > far, $"The near text is at {near:0.000}, the far one at {far:0.000}.");
        return $"{near:0.000} and {far:0.000}";
    }

    private static async Task<string> DimensionsAsync(IContractTarget target, CancellationToken cancelled)
    {
        IReadOnlyList<IReadOnlyList<float>> vectors;
        try
        {
            vectors = await EmbedAsync(target, ["Rollback takes a second."], 64, cancelled);
        }
        catch (ContractRefusalException refusal)
        {
            return "refused with " + refusal.Code;
        }

        Expect.That(vectors is [{ Count: 64 }], $"The vector has {vectors[0].Count} dimensions, not 64.");
        return "";
    }

    private static Task<IReadOnlyList<IReadOnlyList<float>>> EmbedAsync(IContractTarget target, IReadOnlyList<string> texts, int? dimensions, CancellationToken cancelled) =>
        target.EmbeddingModel is null ? throw new ContractSkipException("No embedding model is named.") : target.EmbedAsync(texts, dimensions, cancelled);

    private static double Cosine(IReadOnlyList<float> a, IReadOnlyList<float> b)
    {
        double dot = 0, first = 0, second = 0;
        for (var i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            dot += a[i] * b[i];
            first += a[i] * a[i];
            second += b[i] * b[i];
        }

        return first == 0 || second == 0 ? 0 : dot / Math.Sqrt(first * second);
    }
}
