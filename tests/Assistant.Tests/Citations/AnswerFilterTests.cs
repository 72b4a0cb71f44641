using Slipway.Assistant.Citations;

namespace Slipway.Assistant.Tests.Citations;

public sealed class AnswerFilterTests
{
    private const string Pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nz0h2dGVzdA==\n-----END RSA PRIVATE KEY-----";
    private const string Jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

    public static TheoryData<string, string> Texts => new()
    {
        { "It is so [1].", "It is so [1]." },
        { "It is so [9].", "It is so." },
        { "So [1, 2] and [3,9].", "So [1][2] and [3]." },
        { "So [^1] it is.", "So [1] it is." },
        { "So[1] it is[2][9].", "So[1] it is[2]." },
        { "[9] So.", " So." },
        { "All of them [1, 2, 3, 1, 2, 3, 1, 2, 3] [7, 8, 9, 7, 8, 9, 7, 8, 9].", "All of them [1][2][3][1][2][3][1][2][3]." },
        { "Use items[0] and items[42].", "Use items[0] and items[42]." },
        { "a_[0] b[x] c[1:2]", "a_[0] b[x] c[1:2]" },
        { "- [ ] open\n- [x] done\n", "- [ ] open\n- [x] done\n" },
        { "In [2024] and [see below] and [].", "In [2024] and [see below] and []." },
        { "(see [[1]] and [as in [9]] and [as [2] says])", "(see [[1]] and [as in] and [as [2] says])" },
        { "An [open bracket 1, 2 and no end", "An [open bracket 1, 2 and no end" },
        { "An end] without [", "An end] without [" },
        { "[link](https://example.com/[1])", "[link](https://example.com/[1])" },
        { "Spaces   and\n\n\nlines \t stay. ", "Spaces   and\n\n\nlines \t stay. " },
        { "", "" },
        { " ", " " },
        { "Prüfung: äöü 漢字 😀 [1] 😀[9]", "Prüfung: äöü 漢字 😀 [1] 😀" },
        { "sk-proj-abcdefghijklmnopqrstuvwx", "[redacted]" },
        { "Key: 'sk-abcdefghijklmnopqrstuvwxyz', not sk-slipway-dev.", "Key: '[redacted]', not sk-slipway-dev." },
        { "AKIAIOSFODNN7EXAMPLE ghp_0123456789abcdefghijklmnopqrstuvwxyzAB xoxb-1234567890-abc", "[redacted] [redacted] [redacted]" },
        { "The risk-adjusted-return-of-the-portfolio stays", "The risk-adjusted-return-of-the-portfolio stays" },
        { "Bearer " + Jwt + ".", "Bearer [redacted]." },
        { "See:\n" + Pem + "\nDone [2].", "See:\n[redacted]\nDone [2]." },
        { "A cert: -----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", "A cert: -----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----" },
        { "Cut: -----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA and no end", "Cut: [redacted]" },
        { "A line\n-----\nand -----BEGIN nothing", "A line\n-----\nand -----BEGIN nothing" },
        { "sk-abc[9]defghijklmnopqrstuv", "sk-abc[9]defghijklmnopqrstuv" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_comes_out_the_same_however_it_is_cut(string text, string expected)
    {
        Assert.Equal(expected, Whole(text).Text);
        Assert.Equal(expected, Pieces([.. text.Select(c => c.ToString())]));
        var random = new Random(20261124);
        for (var round = 0; round < 50; round++)
        {
            var pieces = new List<string>();
            for (var at = 0; at < text.Length;)
            {
                var length = Math.Min(random.Next(1, 12), text.Length - at);
                pieces.Add(text.Substring(at, length));
                at += length;
            }

            Assert.Equal(expected, Pieces(pieces));
        }
    }

    [Fact]
    public void Citations_are_the_marks_that_point_at_a_passage_each_once_in_order()
    {
        Assert.Equal([1, 3], Whole("So [3] and [1], [3] again, [0] and [4] and items[2024].").Cited);
        Assert.Empty(Whole("No mark at all.").Cited);
    }

    [Fact]
    public void Without_passages_every_mark_is_dropped()
    {
        var filter = new AnswerFilter(0);

        Assert.Equal("So.", filter.Push("So [1].") + filter.Flush());
        Assert.Empty(filter.Cited);
    }

    [Fact]
    public void A_long_secret_does_not_pass_in_pieces()
    {
        var secret = "eyJhbGciOiJSUzI1NiJ9.eyJ" + new string('a', 1500) + "." + new string('b', 700);

        Assert.Equal("Token: [redacted] end", Pieces(Cut("Token: " + secret + " end", 7)));
    }

    [Theory]
    [InlineData(600)]
    [InlineData(5000)]
    public void A_secret_after_a_long_run_of_text_without_spaces_does_not_pass(int length)
    {
        var text = "https://example.com/?q=" + new string('x', length) + "&key=sk-abcdefghijklmnopqrstuvwxyz0123 end";

        Assert.DoesNotContain("abcdefghij", Pieces(Cut(text, 9)), StringComparison.Ordinal);
        Assert.EndsWith(" end", Pieces(Cut(text, 9)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_longer_than_any_word_is_swallowed_to_its_end()
    {
        var secret = "sk-" + new string('k', 20_000);

        Assert.Equal("Key [redacted], end", Pieces(Cut("Key " + secret + ", end", 100)));
    }

    [Fact]
    public void Text_without_spaces_comes_out_in_time_and_whole()
    {
        var text = string.Concat(Enumerable.Repeat("連続した日本語の文章です。", 2000));
        var filter = new AnswerFilter(3);
        var most = 0;
        var sent = "";
        var given = 0;
        foreach (var piece in Cut(text, 10))
        {
            given += piece.Length;
            sent += filter.Push(piece);
            most = Math.Max(most, given - sent.Length);
        }

        Assert.Equal(text, sent + filter.Flush());
        Assert.InRange(most, 0, 5000);
    }

    private static (string Text, IEnumerable<int> Cited) Whole(string text)
    {
        var filter = new AnswerFilter(3);
        return (filter.Push(text) + filter.Flush(), filter.Cited);
    }

    private static string Pieces(IEnumerable<string> pieces)
    {
        var filter = new AnswerFilter(3);
        return string.Concat(pieces.Select(filter.Push)) + filter.Flush();
    }

    private static IEnumerable<string> Cut(string text, int length) => text.Chunk(length).Select(chunk => new string(chunk));
}
