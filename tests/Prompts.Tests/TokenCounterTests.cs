using System.Text.Json;
using Microsoft.ML.Tokenizers;
using Slipway.Testing;
using Slipway.Tokens;
using Xunit;

namespace Slipway.Prompts.Tests;

public sealed class TokenCounterTests
{
    [Theory]
    [InlineData("")]
    [InlineData("Hello, world!")]
    [InlineData("## Heading\n\n- item one\n- item two\n\n```csharp\nvar x = 1;\n```\n")]
    [InlineData("naïve 漢字 😀👩‍👩‍👧 e\u0301\r\n\r\n  indented\t\tend  ")]
    [InlineData("https://example.com/a/b?c=d&e=%20#f\n/etc/passwd")]
    public void Counts_are_the_tokenizers(string text)
    {
        foreach (var name in TokenCounter.Names) Assert.Equal(TiktokenTokenizer.CreateForEncoding(name).CountTokens(text), TokenCounter.Get(name).Count(text));
    }

    [Fact]
    public void Counts_of_real_abstracts_are_the_tokenizers()
    {
        Assert.SkipUnless(Repository.SharedData("scifact") is not null, "shared/data/scifact is absent");
        var tokenizer = TiktokenTokenizer.CreateForEncoding(TokenCounter.O200kBase);
        foreach (var line in File.ReadLines(Path.Combine(Repository.SharedData("scifact")!, "corpus.jsonl")).Take(200))
        {
            var text = JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!;
            Assert.Equal(tokenizer.CountTokens(text), TokenCounter.Get("").Count(text));
        }
    }

    [Fact]
    public void Counts_of_a_whole_page_of_markdown_are_the_tokenizers()
    {
        var tokenizer = TiktokenTokenizer.CreateForEncoding(TokenCounter.O200kBase);
        foreach (var file in (ReadOnlySpan<string>)["Directory.Packages.props", ".editorconfig", "libraries/Contracts/Protos/control.proto"])
        {
            var text = File.ReadAllText(Path.Combine(Repository.Root, file));
            Assert.Equal(tokenizer.CountTokens(text), TokenCounter.Get("").Count(text));
        }
    }

    [Fact]
    public void Counting_stops_soon_after_the_limit()
    {
        var text = string.Concat(Enumerable.Repeat("one two three four ", 100_000));
        Assert.InRange(TokenCounter.Get("").CountUpTo(text, 1000), 1001, 1000 + 4096);
    }

    [Fact]
    public void An_unknown_tokenizer_is_not_found()
    {
        Assert.False(TokenCounter.TryGet("p50k_base", out _));
        Assert.Throws<ArgumentException>(() => TokenCounter.Get("p50k_base"));
    }

    [Fact]
    public void Counting_is_safe_from_many_threads() => Parallel.For(0, 64, i =>
    {
        var text = string.Join('\n', Enumerable.Range(0, 50).Select(line => $"Line {line % 7} of text {i % 5} with some words to remember for the next time."));
        Assert.Equal(TokenCounter.Get("").Count(text), TokenCounter.Get("").Count(text));
    });
}
