using System.Collections.Frozen;

namespace Slipway.Cache.Intents.Gate;

/// <summary>
/// Takes articles away where they decide nothing. They stay before words that they change ("a few" and "few", "the last week" and "last week"), before what may be
/// a name ("the Edge"), at the end ("plan A"), and where "a" is the name of something ("vitamin a", "option a or b").
/// </summary>
internal static class Articles
{
    private static readonly FrozenSet<string> ChangedByThe = Set(
        "most least last next past more less fewer other others few only rest same best worst first second third latest previous following better worse whole one two three four five six seven eight nine ten "
        + "poor rich old young sick dead blind deaf future end back");

    private static readonly FrozenSet<string> ChangedByA = Set(
        "few little lot bit number hundred thousand million billion dozen day week month year minute second hour quarter half couple third fifth tenth percent time great good go");

    private static readonly FrozenSet<string> NotAfterArticle = Set("is are was were do does did can will to or and in on at of for with by from than as includes include have has not i you it we");

    private static readonly FrozenSet<string> Lettered = Set(
        "vitamin plan option type class grade tier group hepatitis section version appendix series level point category model schedule form part building gate row team influenza list step letter set column zone "
        + "phase platform terminal route line unit block wing hall side exhibit annex table figure variant size question answer item clause chapter paragraph room seat blood drive disk node cluster region field");

    internal static void Strip(List<QuestionWord> words)
    {
        for (var i = words.Count - 1; i >= 0; i--)
        {
            if (!(words[i].Text is "a" or "an" or "the") || Decides(words, i)) continue;
            words.RemoveAt(i);
            words[i] = words[i] with { Article = true };
        }
    }

    private static bool Decides(List<QuestionWord> words, int at)
    {
        if (at == words.Count - 1 || words[at].Pause || words[at].Named) return true;
        var next = words[at + 1];
        if (next.Named || NotAfterArticle.Contains(next.Text) || !char.IsLetter(next.Text[0]) || next.Text.Any(char.IsUpper)) return true;
        if (words[at].Text == "the") return ChangedByThe.Contains(next.Text);
        return ChangedByA.Contains(next.Text) || at > 0 && Lettered.Contains(words[at - 1].Text);
    }

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
