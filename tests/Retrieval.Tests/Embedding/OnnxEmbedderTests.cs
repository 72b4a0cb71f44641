using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Embedding.Onnx;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Embedding;

/// <summary>The real loading, pooling and ONNX Runtime, on models of one table that are written here.</summary>
public sealed class OnnxEmbedderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mean", "model.onnx")]
    [InlineData("cls", "onnx/model.onnx")]
    public async Task Token_vectors_are_pooled_as_the_folder_says_and_have_unit_length(string pooling, string path)
    {
        SentenceTransformer.Write(_folder.Path, modelPath: path, pooling: pooling);
        using var embedder = Open();
        Assert.Equal(SentenceTransformer.Dimensions, embedder.Dimensions);
        Assert.Matches("^onnx-24-[0-9a-f]{12}$", embedder.Version);
        var vector = Assert.Single(await EmbedAsync(embedder, "canary rolls back"));
        Assert.Equal(Expected(pooling == "mean" ? ["[CLS]", "canary", "rolls", "back", "[SEP]"] : ["[CLS]"]), vector, Near);
    }

    [Fact]
    public async Task The_padding_of_a_batch_changes_no_vector()
    {
        SentenceTransformer.Write(_folder.Path);
        using var embedder = Open(new OnnxOptions { BatchTokens = 512 });
        string[] texts = [.. Enumerable.Range(0, 100).Select(i => string.Join(' ', Enumerable.Range(0, (i * 37) % 60).Select(j => SentenceTransformer.Vocabulary[(i + (j * 13)) % SentenceTransformer.Vocabulary.Length])))];
        var together = await EmbedAsync(embedder, texts);
        for (var i = 0; i < texts.Length; i++) Assert.Equal(Assert.Single(await EmbedAsync(embedder, texts[i])), together[i], Near);
    }

    [Fact]
    public async Task A_sentence_vector_of_the_model_itself_is_taken_as_it_is()
    {
        SentenceTransformer.Write(_folder.Path, OnnxFile.Sentence(SentenceTransformer.Table()));
        File.WriteAllText(_folder.File("modules.json"), """[{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Dense"}]""");
        using var embedder = Open();
        Assert.Equal(Expected("[CLS]", "quota", "[SEP]"), Assert.Single(await EmbedAsync(embedder, "quota")), Near);
    }

    [Fact]
    public async Task Models_get_only_the_inputs_that_they_have()
    {
        SentenceTransformer.Write(_folder.Path, OnnxFile.Tokens(SentenceTransformer.Table(), "token_embeddings", "input_ids"));
        using var embedder = Open();
        Assert.Equal(Expected("[CLS]", "quota", "[SEP]"), Assert.Single(await EmbedAsync(embedder, "Quota")), Near);
    }

    [Fact]
    public async Task Questions_and_passages_have_their_prefixes_from_the_folder_or_the_options()
    {
        SentenceTransformer.Write(_folder.Path);
        using (var plain = Open())
        {
            var same = Assert.Single(await EmbedAsync(plain, EmbeddingUse.Query, "canary"));
            Assert.Equal(Assert.Single(await EmbedAsync(plain, EmbeddingUse.Document, "canary")), same, Near);
        }

        File.WriteAllText(_folder.File("config_sentence_transformers.json"), """{"prompts": {"query": "query: ", "passage": "passage: "}}""");
        using var embedder = Open();
        Assert.Equal(Expected("[CLS]", "query", ":", "canary", "[SEP]"), Assert.Single(await EmbedAsync(embedder, EmbeddingUse.Query, "canary")), Near);
        Assert.Equal(Expected("[CLS]", "passage", ":", "canary", "[SEP]"), Assert.Single(await EmbedAsync(embedder, EmbeddingUse.Document, "canary")), Near);
        Assert.All(Assert.Single(await EmbedAsync(embedder, EmbeddingUse.Document, " ")), value => Assert.Equal(0, value));
        using var other = Open(new OnnxOptions { QueryPrefix = "", DocumentPrefix = "the " });
        Assert.Equal(Expected("[CLS]", "canary", "[SEP]"), Assert.Single(await EmbedAsync(other, EmbeddingUse.Query, "canary")), Near);
        Assert.NotEqual(embedder.Version, other.Version);
    }

    [Fact]
    public async Task Long_texts_are_cut_to_what_the_folder_says_that_the_model_takes()
    {
        SentenceTransformer.Write(_folder.Path, maxTokens: 8);
        using var embedder = Open();
        Assert.Equal(Expected("[CLS]", "a", "a", "a", "a", "a", "a", "[SEP]"), Assert.Single(await EmbedAsync(embedder, string.Join(' ', Enumerable.Repeat("a", 500)))), Near);
    }

    [Fact]
    public void The_version_names_all_that_the_vectors_depend_on()
    {
        SentenceTransformer.Write(_folder.Path);
        var versions = new List<string>();
        foreach (var options in new OnnxOptions[] { new(), new() { Threads = 1 }, new() { Pooling = "cls" }, new() { MaxTokens = 32 }, new() { QueryPrefix = "q" }, new() { DocumentPrefix = "q" } })
        {
            using var embedder = Open(options);
            versions.Add(embedder.Version);
        }

        Assert.Equal(versions[0], versions[1]);
        SentenceTransformer.Write(_folder.Path, OnnxFile.Tokens(SentenceTransformer.Table(seed: 8)));
        using (var other = Open()) versions.Add(other.Version);
        Assert.Equal(versions.Count - 1, versions.Distinct().Count());
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "", "nor onnx/model.onnx" },
        { "garbage", "could not be loaded" },
        { "inputs", "pixel_values" },
        { "outputs", "extra" },
        { "pooling", "max_tokens" },
        { "dense", "Dense" },
        { "positions", "16 positions" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_cannot_be_used_is_refused_by_name(string what, string named)
    {
        SentenceTransformer.Write(_folder.Path, what switch
        {
            "garbage" => [1, 2, 3],
            "inputs" => OnnxFile.Tokens(SentenceTransformer.Table(), "last_hidden_state", "input_ids", "pixel_values"),
            _ => null,
        }, pooling: what == "pooling" ? "max" : null);
        if (what == "") File.Delete(_folder.File("model.onnx"));
        if (what == "outputs") File.WriteAllBytes(_folder.File("model.onnx"), OnnxFile.Tokens(SentenceTransformer.Table(), "pooler", "input_ids", "extra"));
        if (what == "dense") File.WriteAllText(_folder.File("modules.json"), """[{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Dense"}]""");
        if (what == "positions") File.WriteAllText(_folder.File("config.json"), """{"max_position_embeddings": 16}""");
        var message = Assert.Throws<InvalidDataException>(() => Open().Dispose()).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_left_is_not_embedded_for()
    {
        SentenceTransformer.Write(_folder.Path);
        using var embedder = Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await embedder.EmbedAsync(["a"], EmbeddingUse.Document, new float[24], new CancellationToken(true)));
        Assert.NotEmpty(await EmbedAsync(embedder, "a"));
    }

    private static bool Near(float one, float other) => Math.Abs(one - other) < 1e-5;

    private static float[] Expected(params string[] tokens)
    {
        var table = SentenceTransformer.Table();
        var sum = Enumerable.Range(0, SentenceTransformer.Dimensions).Select(i => tokens.Sum(token => table[Array.IndexOf(SentenceTransformer.Vocabulary, token)][i])).ToArray();
        var length = MathF.Sqrt(sum.Sum(value => value * value));
        return [.. sum.Select(value => value / length)];
    }

    private static Task<float[][]> EmbedAsync(OnnxEmbedder embedder, params string[] texts) => EmbedAsync(embedder, EmbeddingUse.Document, texts);

    private static async Task<float[][]> EmbedAsync(OnnxEmbedder embedder, EmbeddingUse use, params string[] texts)
    {
        var buffer = new float[texts.Length * embedder.Dimensions];
        await embedder.EmbedAsync(texts, use, buffer, Cancel);
        return buffer.Chunk(embedder.Dimensions).ToArray();
    }

    private OnnxEmbedder Open(OnnxOptions? options = null) => OnnxEmbedder.Open((options ?? new OnnxOptions()) with { Path = _folder.Path });
}
