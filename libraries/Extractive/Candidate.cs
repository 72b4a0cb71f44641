namespace Slipway.Extractive;

/// <summary>Something that may be quoted: a sentence, a code block with the sentence that introduces it, or such a sentence with its list.</summary>
internal sealed class Candidate
{
    private const int MostItems = 6;
    private const int LongestList = 420;

    private Candidate(int number, int rank, int order, string text, string? code, List<int> terms, HashSet<int> context)
    {
        Number = number;
        Rank = rank;
        Order = order;
        Text = text;
        Code = code;
        Terms = terms;
        Distinct = [.. terms];
        Context = context;
    }

    /// <summary>The passage's citation number; 0: it is quoted without a citation.</summary>
    public int Number { get; }

    /// <summary>The passage's place, from 0, the best first.</summary>
    public int Rank { get; }

    /// <summary>The place within the passage.</summary>
    public int Order { get; }

    /// <summary>The running text; empty for code that nothing introduces.</summary>
    public string Text { get; }

    /// <summary>The code block, or null.</summary>
    public string? Code { get; }

    /// <summary>The terms, repetitions included.</summary>
    public List<int> Terms { get; }

    public HashSet<int> Distinct { get; }

    /// <summary>The terms of title and headings.</summary>
    public HashSet<int> Context { get; }

    public int Length => Text.Length + (Code?.Length ?? 0);

    public double Score { get; set; }

    /// <summary>The part of the question's weight that the text has, or, at half its worth, title and headings.</summary>
    public double Relevance { get; set; }

    /// <summary>The candidates of all passages. The same sentence, which passages that overlap share, comes once.</summary>
    public static List<Candidate> Of(IReadOnlyList<ExtractivePassage> passages, Terms terms)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var candidates = new List<Candidate>();
        for (var rank = 0; rank < passages.Count; rank++)
        {
            var context = terms.Of(passages[rank].Title + " " + passages[rank].Heading).ToHashSet();
            var sentences = SentenceSplitter.Split(passages[rank].Text).ToList();
            var order = 0;
            for (var i = 0; i < sentences.Count; i++)
            {
                var (text, kind) = sentences[i];
                string? code = null;
                if (kind == SentenceKind.Code)
                {
                    (text, code) = ("", text);
                }
                else if (text[^1] == ':' && i + 1 < sentences.Count)
                {
                    if (sentences[i + 1].Kind == SentenceKind.Code) code = sentences[++i].Text;
                    else if (sentences[i + 1].Kind == SentenceKind.Item) text = WithItems(text, sentences, i + 1);
                }

                var found = terms.Of(code is null ? text : text + "\n" + code);
                // One of fewer than two terms says nothing by itself.
                if (found.Count >= 2 && seen.Add(text + code)) candidates.Add(new Candidate(passages[rank].Number, rank, order++, text, code, found, context));
            }
        }

        return candidates;
    }

    /// <summary>The part of the smaller one's terms that both have.</summary>
    public double Overlap(Candidate other)
    {
        var (small, large) = Distinct.Count <= other.Distinct.Count ? (Distinct, other.Distinct) : (other.Distinct, Distinct);
        var common = 0;
        foreach (var term in small) if (large.Contains(term)) common++;
        return (double)common / small.Count;
    }

    private static string WithItems(string text, List<Sentence> sentences, int first)
    {
        var items = new List<string>();
        var length = text.Length;
        for (var i = first; i < sentences.Count && sentences[i].Kind == SentenceKind.Item; i++)
        {
            length += sentences[i].Text.Length + 2;
            // Half a list would be read as the whole of it.
            if (items.Count == MostItems || length > LongestList) return text;
            items.Add(sentences[i].Text.TrimEnd('.', ';', ','));
        }

        return text + " " + string.Join("; ", items) + ".";
    }
}
