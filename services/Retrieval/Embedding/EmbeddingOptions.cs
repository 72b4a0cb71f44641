using Slipway.Retrieval.Embedding.Broker;
using Slipway.Retrieval.Embedding.Onnx;

namespace Slipway.Retrieval.Embedding;

/// <summary>Which embedder makes the vectors, and when it does.</summary>
internal sealed record EmbeddingOptions
{
    /// <summary>The name of LSA.</summary>
    public const string LsaName = "lsa";

    /// <summary>The name of <see cref="OnnxEmbedder"/>.</summary>
    public const string OnnxName = "onnx";

    /// <summary>The name of <see cref="BrokerEmbedder"/>.</summary>
    public const string OpenAiName = "openai";

    /// <summary>
    /// <c>lsa</c> (default): fitted on each corpus, in this process. <c>onnx</c>: a sentence transformer in a folder, in this process. <c>openai</c>: an embedding model
    /// of the model broker's catalog.
    /// </summary>
    public string Embedder { get; init; } = LsaName;

    /// <summary>How long a search waits for the vector of its question before keywords answer alone, in milliseconds. 1 to 10,000, default 300.</summary>
    public int QueryTimeoutMs { get; init; } = 300;

    /// <summary>
    /// How long after a failure texts of documents are embedded again, in milliseconds; twice as long after each further failure, up to 5 minutes, and 0 to 50 % more by
    /// chance. 1 to 60,000, default 500.
    /// </summary>
    public int RetryMs { get; init; } = 500;

    /// <summary>A text that the embedder refused alone this many times, while it took others, is given up: keywords alone find it. 1 to 100, default 3.</summary>
    public int MostRefusals { get; init; } = 3;

    /// <summary>The same for a text whose attempts failed without a reason of its own. 1 to 1,000, default 20.</summary>
    public int MostFailures { get; init; } = 20;

    /// <summary>A corpus that has not changed for this long is quiet (ten times as long while a stream of its documents is open), in milliseconds. 0 to 60,000, default 1,000.</summary>
    public int QuietMs { get; init; } = 1000;

    /// <summary>A quiet corpus is fitted again when it has this many times the chunks of the last fit. 1.1 to 100, default 1.5.</summary>
    public double QuietGrowth { get; init; } = 1.5;

    /// <summary>A corpus is fitted again at once, quiet or not, when it has this many times the chunks of the last fit. 1.1 to 1,000, default 4.</summary>
    public double BusyGrowth { get; init; } = 4;

    /// <summary>A corpus without a model is fitted at once, quiet or not, when it has this many chunks. Default 20,000.</summary>
    public int FirstBusyFit { get; init; } = 20_000;

    /// <summary>Threads of a fit. 0 means half of the processors. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>The parameters of LSA.</summary>
    public LsaOptions Lsa { get; init; } = new();

    /// <summary>The sentence transformer of <c>onnx</c>.</summary>
    public OnnxOptions Onnx { get; init; } = new();

    /// <summary>The model of <c>openai</c>.</summary>
    public OpenAiOptions OpenAi { get; init; } = new();
}
