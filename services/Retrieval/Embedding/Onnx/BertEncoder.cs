using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>Turns texts into the token numbers that a model of BERT's kind takes. Thread-safe.</summary>
internal sealed class BertEncoder
{
    private readonly TokenizerDefinition _definition;
    private readonly BertWords _words;
    private readonly WordPieceTokenizer _pieces;
    private readonly int _unknown;
    private readonly Regex? _added;
    private readonly Dictionary<string, int> _addedIds;

    /// <exception cref="InvalidDataException">The vocabulary cannot be used.</exception>
    public BertEncoder(TokenizerDefinition definition)
    {
        _definition = definition;
        _words = new BertWords(definition);
        _unknown = definition.Vocabulary[definition.Unknown];
        _addedIds = definition.Added.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        // The longest first: the leftmost and then the longest is recognised.
        var patterns = definition.Added.OrderByDescending(token => token.Content.Length).Select(Pattern).ToList();
        if (patterns.Count > 0) _added = new Regex(string.Join('|', patterns), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        try
        {
            using var vocabulary = new MemoryStream(Encoding.UTF8.GetBytes(Lines(definition.Vocabulary)));
            _pieces = WordPieceTokenizer.Create(vocabulary, new WordPieceOptions
            {
                UnknownToken = definition.Unknown,
                ContinuingSubwordPrefix = definition.Prefix,
                // The library counts UTF-16 units, the definition characters: the count is made here.
                MaxInputCharsPerWord = definition.LongestWord * 2,
            });
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"The vocabulary of the tokenizer cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>The number that fills up a batch.</summary>
    public int Padding => _definition.Padding;

    /// <summary>The tokens of a text, framed as <c>[CLS] … [SEP]</c> and at most <paramref name="most"/>; empty when the text has none of its own.</summary>
    public int[] Encode(string text, int most)
    {
        var room = most - _definition.First.Count - _definition.Last.Count;
        var ids = new List<int>(_definition.First);
        var frame = ids.Count;
        var at = 0;
        for (var match = _added?.Match(text); match is { Success: true } && ids.Count - frame < room; match = match.NextMatch())
        {
            AddWords(text.AsSpan(at, match.Index - at), ids, frame + room);
            ids.Add(_addedIds[match.Value.Trim()]);
            at = match.Index + match.Length;
        }

        AddWords(text.AsSpan(at), ids, frame + room);
        if (ids.Count > frame + room) ids.RemoveRange(frame + room, ids.Count - frame - room);
        if (ids.Count == frame) return [];
        ids.AddRange(_definition.Last);
        return [.. ids];
    }

    private void AddWords(ReadOnlySpan<char> text, List<int> ids, int most)
    {
        if (text.IsEmpty) return;
        foreach (var word in _words.Split(text))
        {
            if (ids.Count >= most) return;
            if (word.Length > _definition.LongestWord && word.EnumerateRunes().Count() > _definition.LongestWord) ids.Add(_unknown);
            else ids.AddRange(_pieces.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false));
        }
    }

    private static string Pattern(AddedToken token)
    {
        var pattern = Regex.Escape(token.Content);
        // Where the token itself begins with no letter, "no letter before it" is \B.
        if (token.Word) pattern = Edge(token.Content[0]) + pattern + Edge(token.Content[^1]);
        return (token.Left ? @"\s*" : "") + pattern + (token.Right ? @"\s*" : "");
    }

    private static string Edge(char end) => char.IsLetterOrDigit(end) || end == '_' ? @"\b" : @"\B";

    /// <summary>A line for each number, as vocab.txt has them; an empty one where a number has no token.</summary>
    private static string Lines(IReadOnlyDictionary<string, int> vocabulary)
    {
        var lines = new StringBuilder();
        var next = 0;
        foreach (var (token, id) in vocabulary.OrderBy(token => token.Value))
        {
            if (id < next) throw new InvalidDataException($"The vocabulary of the tokenizer has two tokens of the number {id}.");
            lines.Append('\n', id - next).Append(token).Append('\n');
            next = id + 1;
        }

        return lines.ToString();
    }
}
