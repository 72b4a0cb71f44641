using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Retrieval.Embedding.Onnx;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Embedding;

/// <summary>Against the tokens that Golden/bert_reference.py, which knows nothing of this code, makes of the same texts with the same tokenizer.json.</summary>
public sealed class BertEncoderTests : IDisposable
{
    private const int Unbounded = 1_000_000;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Texts_become_the_tokens_of_the_definition()
    {
        var encoder = BertUncased();
        var lines = File.ReadLines(Path.Combine(Repository.Root, "tests", "Retrieval.Tests", "Embedding", "Golden", "bert-uncased.jsonl")).ToList();
        Assert.True(lines.Count > 300);
        Assert.All(lines, line =>
        {
            var expected = JsonNode.Parse(line)!;
            Assert.Equal(expected["ids"]!.AsArray().Select(id => id!.GetValue<int>()), encoder.Encode(expected["text"]!.GetValue<string>(), Unbounded));
        });
    }

    /// <summary>The example of the documentation of Hugging Face's BertTokenizer and its published numbers.</summary>
    [Fact]
    public void The_published_example_has_its_published_tokens() =>
        Assert.Equal([101, 7592, 1010, 2026, 3899, 2003, 10140, 102], BertUncased().Encode("Hello, my dog is cute", 512));

    [Fact]
    [Trait("Category", "Slow")]
    public void All_of_SciFact_becomes_the_tokens_of_the_definition()
    {
        var encoder = BertUncased();
        var folder = Repository.SharedData("scifact");
        Assert.SkipWhen(folder is null, "../shared/data/scifact is not there.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in File.ReadLines(Path.Combine(folder, "corpus.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var ids = encoder.Encode($"{document.RootElement.GetProperty("title").GetString()} {document.RootElement.GetProperty("text").GetString()}", Unbounded);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Join(' ', ids.Select(id => id.ToString(CultureInfo.InvariantCulture))) + "\n"));
        }

        Assert.Equal("1bece8340f7ec5f7c939aeddab37906f4cd42d4aafc04cd4f79e5ce5e0c6bc4d", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void What_is_longer_than_the_model_takes_is_cut_before_its_last_token()
    {
        var encoder = new BertEncoder(Read(SentenceTransformer.Tokenizer()));
        var whole = encoder.Encode("canary rolls back the release of the tenant", 64);
        Assert.Equal(11, whole.Length);
        Assert.Equal(whole, encoder.Encode("canary rolls back the release of the tenant", 11));
        Assert.Equal([.. whole[..5], whole[^1]], encoder.Encode("canary rolls back the release of the tenant", 6));
        // In the middle of a word.
        Assert.Equal(4, encoder.Encode("zzzzzzzz", 4).Length);
        Assert.Empty(encoder.Encode(" \n", 64));
    }

    [Fact]
    public void A_vocabulary_file_is_as_good_as_a_tokenizer_file()
    {
        File.WriteAllLines(_folder.File("vocab.txt"), SentenceTransformer.Vocabulary);
        File.WriteAllText(_folder.File("tokenizer_config.json"), """{"do_lower_case": true, "cls_token": "[CLS]", "sep_token": {"content": "[SEP]"}, "model_max_length": 1000000000000000019884624838656}""");
        var one = new BertEncoder(TokenizerFile.ReadVocabulary(_folder.File("vocab.txt"), _folder.File("tokenizer_config.json")));
        var other = new BertEncoder(Read(SentenceTransformer.Tokenizer()));
        foreach (var text in (string[])["The Canary rolls back!", "quotas & [MASK] budgets", "Ünïcode 東京 x"]) Assert.Equal(other.Encode(text, 64), one.Encode(text, 64));
        File.WriteAllLines(_folder.File("vocab.txt"), SentenceTransformer.Vocabulary.Where(token => token != "[SEP]"));
        Assert.Contains("[SEP]", Assert.Throws<InvalidDataException>(() => TokenizerFile.ReadVocabulary(_folder.File("vocab.txt"), _folder.File("none.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Added_tokens_take_the_white_space_that_they_say_they_take()
    {
        var json = SentenceTransformer.Tokenizer();
        var mask = json["added_tokens"]!.AsArray()[4]!.AsObject();
        mask["lstrip"] = true;
        var encoder = new BertEncoder(Read(json));
        Assert.Equal(encoder.Encode("the[MASK]budget", 64), encoder.Encode("the   [MASK]budget", 64));
        Assert.Contains(4, encoder.Encode("the   [MASK]budget", 64));
        mask["single_word"] = true;
        encoder = new BertEncoder(Read(json));
        Assert.DoesNotContain(4, encoder.Encode("the[MASK]budget", 64));
        Assert.Contains(4, encoder.Encode("the [MASK], budget", 64));
    }

    public static TheoryData<string, string, string> OtherKinds => new()
    {
        { "model", "Unigram", "Unigram" },
        { "model", "BPE", "BPE" },
        { "normalizer", "Precompiled", "Precompiled" },
        { "pre_tokenizer", "ByteLevel", "ByteLevel" },
        { "post_processor", "ByteLevel", "ByteLevel" },
    };

    [Theory]
    [MemberData(nameof(OtherKinds))]
    public void A_tokenizer_of_another_kind_is_refused_by_name(string part, string type, string named)
    {
        var json = SentenceTransformer.Tokenizer();
        json[part]!["type"] = type;
        var message = Assert.Throws<InvalidDataException>(() => Read(json)).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Contains("supported", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_tokenizer_file_is_said_to_be_broken()
    {
        File.WriteAllText(_folder.File("tokenizer.json"), """{"model": {"type": "WordPiece"}""");
        Assert.Contains("not valid", Assert.Throws<InvalidDataException>(() => TokenizerFile.ReadJson(_folder.File("tokenizer.json"))).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder.File("tokenizer.json"), """{"model": {"type": "WordPiece"}}""");
        Assert.Contains("not valid", Assert.Throws<InvalidDataException>(() => TokenizerFile.ReadJson(_folder.File("tokenizer.json"))).Message, StringComparison.Ordinal);
    }

    private static BertEncoder BertUncased()
    {
        var folder = Repository.SharedData("tokenizers/bert-uncased");
        Assert.SkipWhen(folder is null, "../shared/data/tokenizers/bert-uncased is not there: the tokenizer.json of bert-base-uncased.");
        return new BertEncoder(TokenizerFile.ReadJson(Path.Combine(folder, "tokenizer.json")));
    }

    private TokenizerDefinition Read(JsonObject json)
    {
        File.WriteAllText(_folder.File("tokenizer.json"), json.ToJsonString());
        return TokenizerFile.ReadJson(_folder.File("tokenizer.json"));
    }
}
