using System.Numerics.Tensors;
using Slipway.Retrieval.Embedding;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Embedding;

public sealed class LsaTests
{
    private static readonly string[] Corpus =
    [
        "The car drives on the road with its engine and wheels", "The automobile drives on the road with its engine and wheels",
        "A car needs fuel for the engine", "An automobile needs fuel for the engine", "The driver parks the car near the road", "The driver parks the automobile near the road",
        "The cook bakes bread in the oven with flour", "The baker bakes a loaf in the oven with flour", "Bread needs yeast and flour", "A loaf needs yeast and flour",
        "The cook slices bread for breakfast", "The baker slices a loaf for breakfast",
        "A violin plays music in the orchestra", "A cello plays music in the orchestra", "The musician tunes the violin", "The musician tunes the cello",
        "Music fills the hall when the orchestra plays", "The hall is silent when the musician rests", "The orchestra rests", "The breakfast music plays",
        "The road to the hall", "The oven and the engine are hot",
    ];

    private static LsaModel Fit(int threads = 2, int rank = 6)
    {
        var fitter = new LsaFitter(new LsaOptions { Rank = rank });
        foreach (var text in Corpus) fitter.Add(text);
        return fitter.Fit(threads, TestContext.Current.CancellationToken)!;
    }

    private static float[] Embed(LsaModel model, string text)
    {
        var vector = new float[model.Dimensions];
        model.Embed(text, vector);
        return vector;
    }

    private static float Cosine(LsaModel model, string a, string b) => TensorPrimitives.Dot<float>(Embed(model, a), Embed(model, b));

    [Fact]
    public void Words_that_keep_the_same_company_are_near_though_they_never_meet()
    {
        var model = Fit();
        Assert.True(Cosine(model, "car", "automobile") > 0.8);
        Assert.True(Cosine(model, "bread", "loaf") > 0.8);
        Assert.True(Cosine(model, "violin", "cello") > 0.8);
        Assert.True(Cosine(model, "car", "bread") < 0.4);
        Assert.True(Cosine(model, "violin", "automobile") < 0.4);
    }

    [Fact]
    public void The_same_corpus_gives_the_same_model_and_another_another()
    {
        var one = Fit(threads: 1);
        var two = Fit(threads: 4);
        Assert.Equal(one.Version, two.Version);
        Assert.Equal(one.Projection, two.Projection);
        Assert.Matches("^lsa1-6-[0-9a-f]{12}$", one.Version);
        Assert.NotEqual(one.Version, Fit(rank: 5).Version);
        var fitter = new LsaFitter(new LsaOptions { Rank = 6 });
        foreach (var text in Corpus.Reverse()) fitter.Add(text);
        Assert.NotEqual(one.Version, fitter.Fit(1, TestContext.Current.CancellationToken)!.Version);
    }

    [Fact]
    public void Vectors_have_unit_length_and_texts_without_a_known_term_are_zeros()
    {
        var model = Fit();
        Assert.Equal(1, TensorPrimitives.Norm<float>(Embed(model, "A car on the road")), 5);
        Assert.All(Embed(model, "zzz qqq 42"), value => Assert.Equal(0, value));
        Assert.All(Embed(model, ""), value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_corpus_that_spans_no_space_has_no_model()
    {
        Assert.Null(new LsaFitter(new LsaOptions()).Fit(1, TestContext.Current.CancellationToken));
        var fitter = new LsaFitter(new LsaOptions());
        fitter.Add("!!!");
        fitter.Add("...");
        Assert.Null(fitter.Fit(1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_saved_model_is_read_back_whole_and_a_damaged_one_not_at_all()
    {
        using var folder = new TempFolder();
        var path = folder.File("1.lsa");
        var model = Fit();
        LsaFile.Save(model, path);
        var loaded = LsaFile.Load(path)!;
        Assert.Equal(model.Version, loaded.Version);
        Assert.Equal(model.Vocabulary, loaded.Vocabulary);
        Assert.Equal(Embed(model, "bread and engines"), Embed(loaded, "bread and engines"));

        var bytes = File.ReadAllBytes(path);
        Assert.Null(LsaFile.Load(folder.File("missing.lsa")));
        foreach (var cut in new[] { 0, 5, 20, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(path, bytes[..cut]);
            Assert.Null(LsaFile.Load(path));
        }

        for (var at = 0; at < bytes.Length; at += 97)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= 0x40;
            File.WriteAllBytes(path, damaged);
            Assert.Null(LsaFile.Load(path));
        }
    }

    [Theory]
    [InlineData("releases", "release")]
    [InlineData("caching", "cached")]
    [InlineData("policies", "policy")]
    [InlineData("running", "runs")]
    [InlineData("indexes", "indexed")]
    [InlineData("models", "model")]
    [InlineData("glass", "glass")]
    [InlineData("status", "status")]
    public void Forms_of_a_word_share_a_stem(string a, string b) => Assert.Equal(Stem(a), Stem(b));

    [Fact]
    public void Stems_do_not_join_different_words()
    {
        Assert.NotEqual(Stem("string"), Stem("str"));
        Assert.NotEqual(Stem("thing"), Stem("th"));
        Assert.NotEqual(Stem("class"), Stem("clas"));
    }

    private static string Stem(string word)
    {
        Span<char> buffer = word.ToCharArray();
        return buffer[..LsaTokenizer.Stem(buffer)].ToString();
    }
}
