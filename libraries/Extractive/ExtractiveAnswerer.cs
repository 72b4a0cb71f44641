using System.Text;

namespace Slipway.Extractive;

/// <summary>
/// Answers a question in sentences quoted from passages. Deterministic, needs no network and no model weights. A sentence scores by the question's terms that
/// it holds, weighted as BM25 weighs them (Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework: BM25 and Beyond") over the sentences at hand; by the rank of its
/// passage; and by what title and headings say. Sentences that repeat what is chosen already are passed over (maximal marginal relevance, Carbonell and Goldstein, 1998).
/// <para>A question is answered by what is about it, and by nothing when the passages are not. A claim, a text that asks nothing, is met with the evidence of several sources.</para>
/// </summary>
public static class ExtractiveAnswerer
{
    /// <summary>What is answered when no passage has anything to do with the question.</summary>
    public const string NoAnswer = "The passages do not answer this question.";

    private const double K1 = 1.2;
    private const double B = 0.6;
    private const int MostSentences = 5;
    private const int MostCharacters = 1400;

    /// <summary>More terms than a question has; of a text that is longer the first count. Bounds the work for a prompt of any length.</summary>
    private const int MostTerms = 64;

    /// <summary>A sentence must have this part of the best one's score to be quoted in answer to a question: what only shares a word with it is left out.</summary>
    private const double QuestionFloor = 0.4;

    /// <summary>And it must have this part of the question's weight.</summary>
    private const double QuestionRelevance = 0.45;

    /// <summary>The floor for a claim: there the evidence of several sources counts, also where it uses other words.</summary>
    private const double ClaimFloor = 0.12;

    /// <summary>What a second sentence of a passage counts against the first of another: several sources say more than one.</summary>
    private const double SamePassageFactor = 0.45;

    /// <summary>The part of a sentence's terms that may stand in a chosen one already.</summary>
    private const double MostOverlap = 0.7;

    /// <summary>What a word such as "take" or "long" counts against one that names a subject.</summary>
    private const double WeakWeight = 0.3;

    private static readonly HashSet<string> QuestionWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "how", "what", "what's", "when", "where", "which", "who", "whose", "why", "is", "are", "can", "could", "does", "do", "did", "should", "will", "tell", "explain", "show", "list", "describe", "give",
    };

    private static readonly HashSet<string> CodeWords = new(StringComparer.OrdinalIgnoreCase) { "how", "command", "commands", "example", "code", "curl", "syntax", "configure", "run", "install", "write" };

    private static readonly HashSet<string> Dangling = new(StringComparer.OrdinalIgnoreCase) { "it", "its", "they", "their", "this", "these", "those", "he", "she", "however", "otherwise", "then", "so" };

    /// <summary>Chooses and quotes. Takes about 0.3 ms for eight passages of 1,200 characters.</summary>
    /// <param name="question">The question.</param>
    /// <param name="passages">Best first.</param>
    public static ExtractiveAnswer Answer(string question, IReadOnlyList<ExtractivePassage> passages)
    {
        var terms = new Terms();
        var asked = terms.Of(question.AsSpan(0, Math.Min(question.Length, 8192))).Distinct().Take(MostTerms).ToArray();
        var candidates = Candidate.Of(passages, terms);
        if (asked.Length == 0 || candidates.Count == 0) return new ExtractiveAnswer(NoAnswer, []);
        var isQuestion = IsQuestion(question);
        if (isQuestion && !IsAbout(asked, candidates, terms)) return new ExtractiveAnswer(NoAnswer, []);
        Score(candidates, asked, terms, WantsCode(question));
        var chosen = isQuestion ? Choose(candidates, QuestionFloor, QuestionRelevance) : Choose(candidates, ClaimFloor, relevance: 0);
        return chosen.Count == 0 ? new ExtractiveAnswer(NoAnswer, []) : Write(chosen);
    }

    private static bool IsQuestion(string text)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed.EndsWith("?")) return true;
        return QuestionWords.Contains(FirstWord(trimmed).ToString());
    }

    private static ReadOnlySpan<char> FirstWord(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny(' ', '\'', ',');
        return end < 0 ? text : text[..end];
    }

    private static bool WantsCode(string question)
    {
        foreach (var word in question[..Math.Min(question.Length, 400)].Split([' ', '?', ',', '.', '\n'], StringSplitOptions.RemoveEmptyEntries))
            if (CodeWords.Contains(word)) return true;
        return false;
    }

    /// <summary>Whether some passage, with its title, holds half of the words that name the question's subject; a third, when they are many.</summary>
    private static bool IsAbout(int[] asked, List<Candidate> candidates, Terms terms)
    {
        var subject = asked.Where(term => !terms.IsWeak(term)).ToArray();
        if (subject.Length == 0) subject = asked;
        var wanted = subject.Length <= 3 ? (subject.Length + 1) / 2 : (subject.Length + 2) / 3;
        foreach (var passage in candidates.GroupBy(candidate => candidate.Rank))
        {
            var sentences = passage.ToList();
            if (subject.Count(term => sentences[0].Context.Contains(term) || sentences.Exists(sentence => sentence.Distinct.Contains(term))) >= wanted) return true;
        }

        return false;
    }

    private static void Score(List<Candidate> candidates, int[] asked, Terms terms, bool wantsCode)
    {
        var averageLength = candidates.Average(candidate => candidate.Terms.Count);
        var weights = new double[asked.Length];
        double found = 0;
        for (var i = 0; i < asked.Length; i++)
        {
            var holders = candidates.Count(candidate => candidate.Distinct.Contains(asked[i]) || candidate.Context.Contains(asked[i]));
            weights[i] = Math.Log(1 + (candidates.Count - holders + 0.5) / (holders + 0.5)) * (terms.IsWeak(asked[i]) ? WeakWeight : 1);
            if (holders > 0) found += weights[i];
        }

        foreach (var candidate in candidates)
        {
            double score = 0, own = 0, context = 0, contextOnly = 0;
            for (var i = 0; i < asked.Length; i++)
            {
                var inContext = candidate.Context.Contains(asked[i]);
                if (inContext) context += weights[i];
                if (!candidate.Distinct.Contains(asked[i]))
                {
                    if (inContext) contextOnly += weights[i];
                    continue;
                }

                var count = candidate.Terms.Count(term => term == asked[i]);
                own += weights[i];
                score += weights[i] * count * (K1 + 1) / (count + K1 * (1 - B + B * candidate.Terms.Count / averageLength));
            }

            // Under a heading that has the question's words, sentences answer without repeating them; the first ones most likely.
            score += context * 0.35 / (1 + 0.15 * candidate.Order);
            score *= 1 / (1 + 0.12 * candidate.Rank);
            candidate.Score = score * Form(candidate, wantsCode);
            candidate.Relevance = found > 0 ? (own + contextOnly / 2) / found : 0;
        }
    }

    /// <summary>What a sentence's form takes from its worth as a quote.</summary>
    private static double Form(Candidate candidate, bool wantsCode)
    {
        if (candidate.Text.Length == 0) return wantsCode ? 0.8 : 0.25;
        if (candidate.Code is not null) return wantsCode ? 1.15 : 0.6;
        // "To change a budget, see X." leads to an answer, and is none.
        if (candidate.Terms.Count < 14 && (candidate.Text.StartsWith("See ", StringComparison.Ordinal) || candidate.Text.Contains(", see ", StringComparison.Ordinal))) return 0.4;
        return candidate.Text[^1] switch
        {
            ':' => 0.6,
            '?' => 0.5,
            // What it refers to stands in a sentence that is not quoted.
            _ => Dangling.Contains(FirstWord(candidate.Text).ToString()) ? 0.85 : 1,
        };
    }

    private static List<Candidate> Choose(List<Candidate> candidates, double floor, double relevance)
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
                if (candidate.Score < best * floor || (chosen.Count > 0 && candidate.Relevance < relevance) || chosen.Contains(candidate)) continue;
                if (length + candidate.Length > MostCharacters && chosen.Count > 0) continue;
                var score = candidate.Score * Math.Pow(SamePassageFactor, chosen.Count(other => other.Rank == candidate.Rank));
                if (score <= nextScore || chosen.Exists(other => candidate.Overlap(other) > MostOverlap)) continue;
                (next, nextScore) = (candidate, score);
            }

            if (next is null) break;
            chosen.Add(next);
            length += next.Length;
        }

        return chosen;
    }

    private static ExtractiveAnswer Write(List<Candidate> chosen)
    {
        // The passage of the best sentence first; within a passage as the author wrote it.
        var order = chosen.Select(candidate => candidate.Rank).Distinct().ToList();
        var text = new StringBuilder();
        foreach (var candidate in chosen.OrderBy(candidate => order.IndexOf(candidate.Rank)).ThenBy(candidate => candidate.Order))
        {
            if (candidate.Text.Length > 0)
            {
                if (text.Length > 0 && text[^1] != '\n') text.Append(' ');
                text.Append(candidate.Text);
                if (candidate.Code is null) Cite(text, " ", candidate.Number);
            }

            if (candidate.Code is null) continue;
            if (text.Length > 0) text.Append(text[^1] == '\n' ? "" : "\n\n");
            text.Append("```\n").Append(candidate.Code).Append("\n```\n");
            Cite(text, "", candidate.Number);
            text.Append("\n\n");
        }

        return new ExtractiveAnswer(text.ToString().Trim(), [.. chosen.Select(candidate => candidate.Number).Where(number => number > 0).Distinct()]);
    }

    private static void Cite(StringBuilder text, string before, int number)
    {
        if (number > 0) text.Append(before).Append('[').Append(number).Append(']');
    }
}
