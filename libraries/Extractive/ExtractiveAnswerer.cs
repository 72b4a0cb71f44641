using System.Text;

namespace Slipway.Extractive;

/// <summary>
/// Answers a question in sentences quoted from passages. Deterministic, needs no network and no model weights. A sentence scores by the question's terms that
/// it holds, weighted as BM25 weighs them (Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", k1 and b below) over the sentences at hand; by the rank of its
/// passage; and by what title and headings say. Sentences that repeat what is chosen already are passed over (maximal marginal relevance, Carbonell and Goldstein, 1998).
/// </summary>
public static class ExtractiveAnswerer
{
    /// <summary>What is answered when no passage has anything to do with the question.</summary>
    public const string NoAnswer = "The passages do not answer this question.";

    private const double K1 = 1.2;
    private const double B = 0.6;
    private const int MostSentences = 5;
    private const int MostCharacters = 1400;

    /// <summary>A sentence must have this part of the best one's score to be quoted in answer to a question: what only shares a word with it is left out.</summary>
    private const double QuestionFloor = 0.4;

    /// <summary>The same for a claim, a text that asks nothing: there the evidence of several sources counts, also where it uses other words.</summary>
    private const double ClaimFloor = 0.12;

    /// <summary>What a second sentence of a passage counts against the first of another: several sources say more than one.</summary>
    private const double SamePassageFactor = 0.45;

    /// <summary>The part of a sentence's terms that may stand in a chosen one already.</summary>
    private const double MostOverlap = 0.7;

    private static readonly HashSet<string> QuestionWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "how", "what", "what's", "when", "where", "which", "who", "whose", "why", "is", "are", "can", "could", "does", "do", "did", "should", "will", "tell", "explain", "show", "list", "describe", "give",
    };

    /// <summary>Chooses and quotes. Takes under 3 ms for eight passages of 1,200 characters.</summary>
    /// <param name="question">The question.</param>
    /// <param name="passages">Best first.</param>
    public static ExtractiveAnswer Answer(string question, IReadOnlyList<ExtractivePassage> passages)
    {
        var asked = Terms.Of(question).Distinct(StringComparer.Ordinal).ToList();
        var candidates = Candidates(passages);
        if (asked.Count == 0 || candidates.Count == 0) return new ExtractiveAnswer(NoAnswer, []);
        Score(candidates, asked, WantsCode(question));
        var chosen = Choose(candidates, IsQuestion(question) ? QuestionFloor : ClaimFloor);
        return chosen.Count == 0 ? new ExtractiveAnswer(NoAnswer, []) : Write(chosen);
    }

    private static bool WantsCode(string question) =>
        question.Contains("how ", StringComparison.OrdinalIgnoreCase) || question.Contains("command", StringComparison.OrdinalIgnoreCase) || question.Contains("example", StringComparison.OrdinalIgnoreCase);

    private static List<Candidate> Candidates(IReadOnlyList<ExtractivePassage> passages)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var candidates = new List<Candidate>();
        for (var rank = 0; rank < passages.Count; rank++)
        {
            var context = Terms.Of(passages[rank].Title + " " + passages[rank].Heading).ToHashSet(StringComparer.Ordinal);
            var order = 0;
            foreach (var sentence in SentenceSplitter.Split(passages[rank].Text))
            {
                var terms = Terms.Of(sentence.Text);
                // Passages overlap, so the same sentence may come twice; one of fewer than two terms says nothing by itself.
                if (terms.Count >= 2 && seen.Add(sentence.Text)) candidates.Add(new Candidate(passages[rank].Number, rank, order++, sentence, terms, context));
            }
        }

        return candidates;
    }

    private static void Score(List<Candidate> candidates, List<string> asked, bool wantsCode)
    {
        var averageLength = candidates.Average(candidate => candidate.Terms.Count);
        var weights = asked.ToDictionary(term => term, term =>
        {
            var holders = candidates.Count(candidate => candidate.Terms.Contains(term) || candidate.Context.Contains(term));
            return Math.Log(1 + (candidates.Count - holders + 0.5) / (holders + 0.5));
        });
        foreach (var candidate in candidates)
        {
            double score = 0, context = 0;
            foreach (var (term, weight) in weights)
            {
                var count = candidate.Terms.Count(other => other == term);
                if (count > 0) score += weight * count * (K1 + 1) / (count + K1 * (1 - B + B * candidate.Terms.Count / averageLength));
                if (candidate.Context.Contains(term)) context += weight;
            }

            // Under a heading that has the question's words, sentences answer without repeating them; the first ones most likely.
            score += context * 0.35 / (1 + 0.15 * candidate.Order);
            score *= 1 / (1 + 0.12 * candidate.Rank);
            if (candidate.Sentence.IsCode) score *= wantsCode ? 0.8 : 0.25;
            else if (candidate.Sentence.Text[^1] == ':') score *= 0.6;
            else if (candidate.Sentence.Text[^1] == '?') score *= 0.5;
            candidate.Score = score;
        }
    }

    private static bool IsQuestion(string text)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed.EndsWith("?")) return true;
        var end = trimmed.IndexOfAny(' ', '\'', ',');
        return QuestionWords.Contains((end < 0 ? trimmed : trimmed[..end]).ToString());
    }

    private static List<Candidate> Choose(List<Candidate> candidates, double floor)
    {
        var best = candidates.Max(candidate => candidate.Score);
        var chosen = new List<Candidate>();
        var length = 0;
        while (best > 0 && chosen.Count < MostSentences)
        {
            Candidate? next = null;
            double nextScore = 0;
            foreach (var candidate in candidates)
            {
                if (candidate.Score < best * floor || chosen.Contains(candidate) || length + candidate.Sentence.Text.Length > MostCharacters) continue;
                var score = candidate.Score * Math.Pow(SamePassageFactor, chosen.Count(other => other.Number == candidate.Number));
                if (score <= nextScore || chosen.Any(other => Overlap(candidate, other) > MostOverlap)) continue;
                (next, nextScore) = (candidate, score);
            }

            if (next is null) break;
            chosen.Add(next);
            length += next.Sentence.Text.Length;
        }

        return chosen;
    }

    private static double Overlap(Candidate candidate, Candidate other) => (double)candidate.Terms.Count(other.Terms.Contains) / candidate.Terms.Count;

    private static ExtractiveAnswer Write(List<Candidate> chosen)
    {
        // The passage of the best sentence first; within a passage as the author wrote it.
        var order = chosen.Select(candidate => candidate.Number).Distinct().ToList();
        var text = new StringBuilder();
        foreach (var candidate in chosen.OrderBy(candidate => order.IndexOf(candidate.Number)).ThenBy(candidate => candidate.Order))
        {
            if (candidate.Sentence.IsCode)
            {
                text.Append(text.Length > 0 ? "\n\n" : "").Append("```\n").Append(candidate.Sentence.Text).Append("\n```\n[").Append(candidate.Number).Append("]\n\n");
                continue;
            }

            if (text.Length > 0 && text[^1] != '\n') text.Append(' ');
            text.Append(candidate.Sentence.Text).Append(" [").Append(candidate.Number).Append(']');
        }

        return new ExtractiveAnswer(text.ToString().Trim(), order);
    }

    private sealed class Candidate(int number, int rank, int order, Sentence sentence, List<string> terms, HashSet<string> context)
    {
        public int Number => number;

        public int Rank => rank;

        public int Order => order;

        public Sentence Sentence => sentence;

        public List<string> Terms => terms;

        public HashSet<string> Context => context;

        public double Score { get; set; }
    }
}
