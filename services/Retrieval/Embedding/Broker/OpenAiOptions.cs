namespace Slipway.Retrieval.Embedding.Broker;

/// <summary>An embedding model of the model broker: any OpenAI-compatible endpoint.</summary>
internal sealed record OpenAiOptions
{
    /// <summary>The model's name in the broker's catalog (<c>Slipway:EmbeddingModel:Name</c> there).</summary>
    public string Model { get; init; } = "";

    /// <summary>How many dimensions are asked for, where the model lets one choose. 0 to 16,384, default 0: as many as the first answer has.</summary>
    public int Dimensions { get; init; }

    /// <summary>Texts of one call. 1 to 256, default 64.</summary>
    public int BatchTexts { get; init; } = 64;

    /// <summary>How long a question waits for others to share its call, in milliseconds. 0 to 100, default 3.</summary>
    public int GatherMs { get; init; } = 3;

    /// <summary>How long a call may take, in milliseconds. 100 to 120,000, default 10,000.</summary>
    public int TimeoutMs { get; init; } = 10_000;

    /// <summary>How often passages are tried again when the broker or the provider is away or over its limits, before the indexer is told. 0 to 10, default 2.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>The pause before the first of these, in milliseconds; twice as long before each further one, and 0 to 50 % more by chance. 1 to 60,000, default 200.</summary>
    public int RetryMs { get; init; } = 200;

    /// <summary>Set before each question. At most 256 characters.</summary>
    public string QueryPrefix { get; init; } = "";

    /// <summary>Set before each passage. At most 256 characters.</summary>
    public string DocumentPrefix { get; init; } = "";
}
