using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Slipway.Extractive.Tests;

public sealed partial class AnswererTests
{
    private static readonly ExtractivePassage[] Handbook =
    [
        new(1, "Releases", "Operations > Roll back", """
            To roll back a release, activate the earlier release again:

            ```bash
            slipway release activate baseline
            ```

            Traffic returns to the earlier release within one second. Nothing is deployed.
            """),
        new(2, "Canaries", "Guardrails", """
            A canary is rolled back by itself when a guardrail is breached:

            - p95 latency
            - cost per request
            - failure rate

            Each cohort is chosen by a stable hash of the tenant.
            """),
        new(3, "Quotas", "", "Each tenant has a quota of requests per minute. A request over the quota gets 429 with `Retry-After`."),
        new(4, "Caches", "Lifetimes", "Entries live for 5 to 30 minutes. The lifetime has jitter, e.g. 12 minutes become 11.4. It prevents stampedes."),
        new(5, "Keys", "", "API keys are stored as SHA-256 hashes. A key is shown once."),
    ];

    [Fact]
    public void The_sentence_that_answers_is_quoted_with_its_citation()
    {
        Assert.Equal("API keys are stored as SHA-256 hashes. [5]", ExtractiveAnswerer.Answer("How are API keys stored?", Handbook).Text);
        Assert.StartsWith("Entries live for 5 to 30 minutes. [4]", ExtractiveAnswerer.Answer("How long do cache entries live?", Handbook).Text, StringComparison.Ordinal);
        Assert.Contains("A request over the quota gets 429 with `Retry-After`. [3]", ExtractiveAnswerer.Answer("What does a request over the quota get?", Handbook).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_how_to_brings_its_command()
    {
        var answer = ExtractiveAnswerer.Answer("How do I roll back a release?", Handbook);
        Assert.StartsWith("To roll back a release, activate the earlier release again:\n\n```\nslipway release activate baseline\n```\n[1]", answer.Text, StringComparison.Ordinal);
        Assert.Equal(1, answer.Cited[0]);
    }

    [Fact]
    public void A_sentence_that_opens_a_list_brings_the_list() =>
        Assert.Contains(
            "A canary is rolled back by itself when a guardrail is breached: p95 latency; cost per request; failure rate. [2]",
            ExtractiveAnswerer.Answer("When is a canary rolled back?", Handbook).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("Who won the football world cup?")]
    [InlineData("What is the capital of France?")]
    [InlineData("How tall is Mont Blanc in metres?")]
    [InlineData("the of and")]
    [InlineData("")]
    [InlineData("???")]
    public void What_the_passages_do_not_answer_is_said_so_without_a_citation(string question)
    {
        var answer = ExtractiveAnswerer.Answer(question, Handbook);
        Assert.Equal(ExtractiveAnswerer.NoAnswer, answer.Text);
        Assert.Empty(answer.Cited);
    }

    [Fact]
    public void Without_passages_there_is_no_answer() => Assert.Equal(ExtractiveAnswerer.NoAnswer, ExtractiveAnswerer.Answer("How do I roll back?", []).Text);

    [Fact]
    public void Every_citation_points_at_a_passage_and_every_quote_stands_in_it()
    {
        foreach (var question in (string[])["How do I roll back a release?", "What is a quota?", "When is a canary rolled back?", "Caches keep entries for minutes and tenants have quotas of requests"])
        {
            var answer = ExtractiveAnswerer.Answer(question, Handbook);
            var marks = Marks().Matches(answer.Text).Select(mark => int.Parse(mark.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Distinct().Order();
            Assert.Equal(answer.Cited.Order(), marks);
            Assert.All(answer.Cited, number => Assert.InRange(number, 1, Handbook.Length));
        }
    }

    [Fact]
    public void A_claim_is_met_with_the_evidence_of_several_sources()
    {
        ExtractivePassage[] abstracts =
        [
            new(1, "Statins and muscle pain", "", "Statins reduce cardiovascular events. Muscle pain was reported by 5.1% of patients on statins (n = 1,204)."),
            new(2, "Adverse effects of lipid lowering", "", "We reviewed 26 trials of statins. Myopathy was rare. Diabetes rose slightly."),
            new(3, "Pain under statin therapy: a cohort", "", "In 10,409 adults, musculoskeletal pain was more prevalent among statin users than among non-users."),
            new(4, "Vitamin D and statins", "", "Low vitamin D was associated with muscle symptoms in patients who take statins."),
            new(5, "Exercise tolerance", "", "Exercise performance in statin users with muscle pain did not differ from that of controls."),
            new(6, "Unrelated", "", "The zebrafish heart regenerates after injury."),
        ];
        var answer = ExtractiveAnswerer.Answer("Statins cause muscle pain.", abstracts);
        Assert.InRange(answer.Cited.Count, 4, 5);
        Assert.DoesNotContain(6, answer.Cited);
    }

    [Fact]
    public void The_same_sentence_in_two_passages_is_quoted_once()
    {
        ExtractivePassage[] passages = [new(1, "A", "", "The rollback takes one second. More text here."), new(2, "B", "", "Other words. The rollback takes one second.")];
        Assert.Equal("The rollback takes one second. [1]", ExtractiveAnswerer.Answer("How long does a rollback take?", passages).Text);
    }

    [Fact]
    public void The_same_question_gets_the_same_answer() =>
        Assert.Equal(ExtractiveAnswerer.Answer("How do I roll back a release?", Handbook).Text, ExtractiveAnswerer.Answer("How do I roll back a release?", Handbook).Text);

    [Fact]
    public void An_answer_stays_short()
    {
        var wordy = Enumerable.Range(1, 8).Select(i => new ExtractivePassage(i, "Rollback", "", string.Join(' ', Enumerable.Range(0, 40).Select(j => $"A rollback of kind {i}-{j} concerns release {j} and its {j} prompts, caches, models and other things in full detail.")))).ToArray();
        Assert.True(ExtractiveAnswerer.Answer("What is a rollback of a release?", wordy).Text.Length < 1600);
    }

    [Fact]
    public void Eight_passages_take_a_moment_and_a_huge_question_is_no_attack()
    {
        var passages = Enumerable.Range(1, 8).Select(i => new ExtractivePassage(i, $"Title {i}", "", string.Join(' ', Enumerable.Range(0, 12).Select(j => $"Sentence {j} of passage {i} says that recall and latency of the index are measured in {i * j} ways each night.")))).ToArray();
        Assert.True(Best("How are recall and latency of the index measured?", passages, 200) < TimeSpan.FromMilliseconds(3));
        Assert.True(Best(string.Join(' ', Enumerable.Range(0, 100_000).Select(i => "word" + i)) + "?", passages, 3) < TimeSpan.FromMilliseconds(200));

        static TimeSpan Best(string question, ExtractivePassage[] passages, int times)
        {
            var best = TimeSpan.MaxValue;
            for (var i = 0; i < times; i++)
            {
                var started = Stopwatch.GetTimestamp();
                ExtractiveAnswerer.Answer(question, passages);
                var took = Stopwatch.GetElapsedTime(started);
                if (took < best) best = took;
            }

            return best;
        }
    }

    [GeneratedRegex(@"\[(\d+)\]")]
    private static partial Regex Marks();
}
