using System.Collections.Frozen;

namespace Slipway.Cache.Intents.Gate;

/// <summary>Names the most telling difference of two questions that are not the same. It explains; it decides nothing.</summary>
internal static class WordDifference
{
    private static readonly FrozenDictionary<string, GateVerdict> Kinds = Build(
        (GateVerdict.Negation, "not no never without none nothing nobody nor neither except excluding instead unless hardly cannot nowhere"),
        (GateVerdict.Number, "zero one two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty sixty hundred thousand million billion "
            + "half quarter dozen once twice first second third fourth fifth last double triple single both couple"),
        (GateVerdict.Unit, "dollar dollars euro euros pound pounds cent cents usd eur gbp yen franc km miles mile kilometres metres meters kg grams ounces lb celsius fahrenheit percent mb gb kb tb kib mib gib mw "
            + "litres liters gallons inches feet cm mm ms bytes bits tokens"),
        (GateVerdict.Time, "today tomorrow yesterday now later tonight monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october "
            + "november december second seconds minute minutes hour hours day days week weeks weekend month months year years daily weekly monthly yearly annually morning evening night am pm noon midnight "
            + "next previous current already yet still ago recently soon always sometimes often"),
        (GateVerdict.Quantifier, "all some any every each only just most many few more less least fewer several enough everything anything something everyone anyone someone minimum maximum min max exactly about "
            + "almost entire whole much lot either other another else too also even"),
        (GateVerdict.Direction, "from to into onto out in on off up down over under above below before after since until left right north south east west forward backward incoming outgoing sender recipient "
            + "increase decrease raise lower enable disable add remove open close start stop begin end lock unlock freeze unfreeze install uninstall upload download import export buy sell deposit withdraw "
            + "send receive borrow lend accept reject allow deny include exclude higher larger smaller bigger faster slower older newer cheaper than better worse best worst by against within outside inside between through"),
        (GateVerdict.Modality, "can could may might must should shall would need needs have able allowed possible required"),
        (GateVerdict.QuestionWord, "who what when where why which whose whom how howto"),
        (GateVerdict.Condition, "if whether unless provided assuming otherwise because so while although despite"),
        (GateVerdict.Tense, "is be was were did do been being had will going used has became"),
        (GateVerdict.Person, "i you he she it we they me my mine your yours his her its our ours their theirs us them myself yourself"));

    internal static GateVerdict Kind(IReadOnlyList<QuestionWord> asked, IReadOnlyList<QuestionWord> known)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var word in asked) counts[word.Text] = counts.GetValueOrDefault(word.Text) + 1;
        foreach (var word in known) counts[word.Text] = counts.GetValueOrDefault(word.Text) - 1;
        var kind = GateVerdict.Order;
        foreach (var (word, count) in counts)
        {
            if (count == 0) continue;
            var found = KindOf(word);
            if (kind == GateVerdict.Order || found < kind) kind = found;
        }

        return kind;
    }

    private static GateVerdict KindOf(string word)
    {
        if (Kinds.TryGetValue(word, out var kind)) return kind;
        if (word.AsSpan().ContainsAnyInRange('0', '9')) return GateVerdict.Number;
        return word.AsSpan().ContainsAny("$€£¥%") ? GateVerdict.Unit : GateVerdict.Wording;
    }

    private static FrozenDictionary<string, GateVerdict> Build(params (GateVerdict Kind, string Words)[] kinds)
    {
        var table = new Dictionary<string, GateVerdict>(StringComparer.Ordinal);
        foreach (var (kind, words) in kinds)
        {
            foreach (var word in words.Split(' ')) table.TryAdd(word, kind);
        }

        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
