using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.Tokenizers;

namespace Slipway.Tokens;

/// <summary>
/// Counts tokens as a model does, at the speed of a request path and with a bound on the work. The tokenizer itself needs about 2 µs a token, and
/// minutes for a run of 200,000 spaces (byte-pair merging is quadratic in the length of one word). So the text is cut into lines, lines into words
/// (the tokenizer's own pre-tokenization), and the counts of both are remembered: passages come back request after request.
/// Exact on text; a word longer than <see cref="LongestWord"/> characters is counted in slices, which may overcount it by one token a slice.
/// </summary>
public sealed class TokenCounter
{
    /// <summary>The tokenizer of OpenAI's models since GPT-4o, and the default.</summary>
    public const string O200kBase = "o200k_base";

    /// <summary>The tokenizer of GPT-4 and GPT-3.5.</summary>
    public const string Cl100kBase = "cl100k_base";

    /// <summary>A word longer than this many characters is counted in slices: 256 characters take at most 0.4 ms.</summary>
    public const int LongestWord = 256;

    /// <summary>A line longer than this many characters is counted in blocks.</summary>
    private const int LongestBlock = 4096;

    /// <summary>Shorter lines cost less to count than to look up.</summary>
    private const int ShortestRememberedBlock = 48;

    private static readonly Dictionary<string, Lazy<TokenCounter>> Counters = new(StringComparer.Ordinal)
    {
        [O200kBase] = new(() => new TokenCounter(O200kBase)),
        [Cl100kBase] = new(() => new TokenCounter(Cl100kBase)),
    };

    private readonly TiktokenTokenizer _tokenizer;
    private readonly PreTokenizer _words;
    private readonly Remembered<string> _wordCounts = new(32 * 1024);
    private readonly Remembered<UInt128> _blockCounts = new(16 * 1024);

    private TokenCounter(string name)
    {
        Name = name;
        _tokenizer = TiktokenTokenizer.CreateForEncoding(name);
        _words = _tokenizer.PreTokenizer ?? throw new InvalidOperationException($"The tokenizer {name} has no pre-tokenizer.");
    }

    /// <summary>The names that <see cref="TryGet"/> knows.</summary>
    public static IReadOnlyCollection<string> Names => Counters.Keys;

    /// <summary>The tokenizer's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Finds a counter; an empty name is <see cref="O200kBase"/>. The first call for a name loads its vocabulary (about 0.5 s, 45 MB), so services do that at start.
    /// </summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out TokenCounter? counter)
    {
        counter = Counters.TryGetValue(name.Length == 0 ? O200kBase : name, out var lazy) ? lazy.Value : null;
        return counter is not null;
    }

    /// <summary>Finds a counter by a name that was validated before.</summary>
    /// <exception cref="ArgumentException">There is no such tokenizer.</exception>
    public static TokenCounter Get(string name) =>
        TryGet(name, out var counter) ? counter : throw new ArgumentException($"There is no tokenizer '{name}'; known: {string.Join(", ", Names)}.", nameof(name));

    /// <summary>The tokens of a text.</summary>
    public int Count(string text) => CountUpTo(text, int.MaxValue);

    /// <summary>The tokens of a text, counted no further than needed to know that they are more than <paramref name="limit"/>.</summary>
    /// <returns>The count where it is at most the limit; otherwise any number above the limit.</returns>
    public int CountUpTo(string text, int limit)
    {
        var count = 0;
        var start = 0;
        while (start < text.Length && count <= limit)
        {
            var end = EndOfBlock(text, start);
            count += CountBlock(text.AsSpan(start, end - start));
            start = end;
        }

        return count;
    }

    /// <summary>The longest beginning of a text that has no more tokens than the limit, cut between words.</summary>
    public string Cut(string text, int limit)
    {
        var count = 0;
        foreach (var (offset, length) in _words.PreTokenize(text))
        {
            count += length <= LongestWord ? CountWord(text.AsSpan(offset, length)) : CountUpTo(text.Substring(offset, length), limit - count);
            if (count > limit) return text[..offset];
        }

        return text;
    }

    /// <summary>
    /// Blocks end after a line break that a letter or digit follows, or, in an endless line, before a space between two words: there the tokenizers'
    /// patterns end a word too, so that the counts add up.
    /// </summary>
    private static int EndOfBlock(string text, int start)
    {
        var longest = Math.Min(text.Length, start + LongestBlock);
        var from = start;
        while (from < longest)
        {
            var newline = text.AsSpan(from, longest - from).IndexOf('\n');
            if (newline < 0) break;
            var next = from + newline + 1;
            if (next < text.Length && char.IsLetterOrDigit(text[next])) return next;
            from = next;
        }

        if (longest == text.Length) return longest;
        for (var i = longest - 1; i > start + LongestBlock / 2; i--)
        {
            if (text[i] == ' ' && char.IsLetterOrDigit(text[i + 1]) && !char.IsWhiteSpace(text[i - 1])) return i;
        }

        return char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest;
    }

    private int CountBlock(ReadOnlySpan<char> block)
    {
        if (block.Length < ShortestRememberedBlock) return CountWords(block);
        var key = Key(block);
        if (_blockCounts.TryGet(key, out var count)) return count;
        count = CountWords(block);
        _blockCounts.Set(key, count);
        return count;
    }

    private int CountWords(ReadOnlySpan<char> block)
    {
        var count = 0;
        var words = block.ToString();
        foreach (var (offset, length) in _words.PreTokenize(words))
        {
            for (var done = 0; done < length;)
            {
                var slice = Math.Min(length - done, LongestWord);
                if (slice < length - done && char.IsHighSurrogate(words[offset + done + slice - 1])) slice--;
                count += CountWord(words.AsSpan(offset + done, slice));
                done += slice;
            }
        }

        return count;
    }

    private int CountWord(ReadOnlySpan<char> word)
    {
        if (_wordCounts.TryGet(word, out var count)) return count;
        count = _tokenizer.CountTokens(word);
        _wordCounts.Set(word.ToString(), count);
        return count;
    }

    /// <summary>Half a SHA-256: nobody can make two texts that share a count.</summary>
    private static UInt128 Key(ReadOnlySpan<char> text)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(MemoryMarshal.AsBytes(text), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    /// <summary>
    /// A bounded memory of counts in two generations: when the young one is full it becomes the old one, and what is asked for again moves back.
    /// Within a factor of two of least-recently-used, without a lock or a list on the read path.
    /// </summary>
    private sealed class Remembered<TKey>(int capacity)
        where TKey : notnull
    {
        private volatile ConcurrentDictionary<TKey, int> _young = new();
        private volatile ConcurrentDictionary<TKey, int> _old = new();
        private int _size;

        public bool TryGet(TKey key, out int count)
        {
            if (_young.TryGetValue(key, out count)) return true;
            if (!_old.TryGetValue(key, out count)) return false;
            Set(key, count);
            return true;
        }

        public void Set(TKey key, int count)
        {
            if (!_young.TryAdd(key, count) || Interlocked.Increment(ref _size) < capacity) return;
            _old = _young;
            _young = new ConcurrentDictionary<TKey, int>();
            Interlocked.Exchange(ref _size, 0);
        }

        public bool TryGet(ReadOnlySpan<char> word, out int count)
        {
            if (Lookup(_young).TryGetValue(word, out count)) return true;
            if (!Lookup(_old).TryGetValue(word, out count)) return false;
            Set((TKey)(object)word.ToString(), count);
            return true;
        }

        private static ConcurrentDictionary<TKey, int>.AlternateLookup<ReadOnlySpan<char>> Lookup(ConcurrentDictionary<TKey, int> counts) =>
            counts.GetAlternateLookup<ReadOnlySpan<char>>();
    }
}
