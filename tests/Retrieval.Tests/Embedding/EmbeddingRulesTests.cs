using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Embedding.Broker;
using Slipway.Retrieval.Embedding.Onnx;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Embedding;

public sealed class EmbeddingRulesTests
{
    [Fact]
    public void All_that_is_wrong_is_named_at_once()
    {
        var options = new EmbeddingOptions
        {
            Embedder = "word2vec",
            RetryMs = 0,
            Onnx = new OnnxOptions { Pooling = "max", MaxTokens = 4, Threads = -1, QueryPrefix = new string('q', 257) },
            OpenAi = new OpenAiOptions { Dimensions = -1, BatchTexts = 0, TimeoutMs = 1, DocumentPrefix = new string('q', 257) },
        };
        var errors = new RetrievalOptions { Embedding = options }.Validate();
        string[] named = ["Embedder ", "RetryMs", "Onnx:Pooling", "Onnx:MaxTokens", "Onnx:Threads", "Onnx:QueryPrefix", "OpenAi:Dimensions", "OpenAi:BatchTexts", "OpenAi:TimeoutMs", "OpenAi:DocumentPrefix"];
        Assert.Equal(named.Length, errors.Count);
        Assert.All(named, name => Assert.Contains(errors, error => error.StartsWith("Slipway:Retrieval:Embedding:" + name, StringComparison.Ordinal)));
        Assert.Empty(new RetrievalOptions().Validate());
    }

    [Fact]
    public void An_embedder_needs_its_model()
    {
        Assert.Contains("OpenAi:Model", Assert.Single(EmbeddingRules.Validate(new EmbeddingOptions { Embedder = "openai" })), StringComparison.Ordinal);
        Assert.Contains("Onnx:Path is not set", Assert.Single(EmbeddingRules.Validate(new EmbeddingOptions { Embedder = "onnx" })), StringComparison.Ordinal);
        Assert.Contains("is not a folder", Assert.Single(EmbeddingRules.Validate(new EmbeddingOptions { Embedder = "onnx", Onnx = new OnnxOptions { Path = "/nowhere" } })), StringComparison.Ordinal);
        using var folder = new TempFolder();
        Assert.Equal(2, EmbeddingRules.Validate(new EmbeddingOptions { Embedder = "onnx", Onnx = new OnnxOptions { Path = folder.Path } }).Count());
        SentenceTransformer.Write(folder.Path);
        Assert.Empty(EmbeddingRules.Validate(new EmbeddingOptions { Embedder = "onnx", Onnx = new OnnxOptions { Path = folder.Path } }));
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_ends_the_start()
    {
        using var folder = new TempFolder();
        using var model = new TempFolder();
        SentenceTransformer.Write(model.Path, [1, 2, 3]);
        var exception = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var host = new RetrievalHost(folder.Path, null, ("Slipway:Retrieval:Embedding:Embedder", "onnx"), ("Slipway:Retrieval:Embedding:Onnx:Path", model.Path));
        });
        Assert.Contains("could not be loaded", exception.ToString(), StringComparison.Ordinal);
    }
}
