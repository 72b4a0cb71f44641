using System.Collections.Frozen;

namespace Slipway.Cache.Intents.Gate;

/// <summary>
/// Words that are one word: spellings, common slips, and plurals of things that are not counted in a question ("the fee", "the fees"). Plurals of what people own or
/// order are not here: "cancel my order" and "cancel my orders" are two questions.
/// </summary>
internal static class Synonyms
{
    private static readonly FrozenDictionary<string, string> Table = Build(
        // Agreement with a plural of this list.
        "are:is", "were:was", "does:do", "has:have", "needs:need",
        "fees:fee", "charges:charge", "rates:rate", "limits:limit", "costs:cost", "prices:price", "requirements:requirement", "settings:setting", "details:detail", "rules:rule", "instructions:instruction",
        "hours:hour", "countries:country", "currencies:currency", "reasons:reason", "benefits:benefit", "restrictions:restriction", "ingredients:ingredient", "symptoms:symptom", "methods:method",
        "colour:color", "colours:color", "colors:color", "cancelled:canceled", "cancelling:canceling", "favourite:favorite", "organisation:organization", "authorise:authorize", "authorised:authorized",
        "centre:center", "licence:license", "travelling:traveling", "travelled:traveled", "behaviour:behavior", "catalogue:catalog", "grey:gray", "normalise:normalize", "normalisation:normalization",
        "optimise:optimize", "customise:customize", "initialise:initialize", "recognise:recognize", "recognised:recognized", "labelled:labeled", "modelling:modeling",
        "e-mail:email", "telephone:phone", "cellphone:mobile", "picture:photo", "pic:photo", "information:info", "purchase:buy", "purchased:bought", "cashpoint:atm", "okay:ok", "thru:through",
        "u:you", "tho:though", "recieve:receive", "recieved:received", "acount:account", "adress:address", "wich:which", "transfered:transferred", "occured:occurred",
        "seperate:separate", "definately:definitely", "untill:until", "tommorow:tomorrow", "tommorrow:tomorrow", "wierd:weird", "beleive:believe", "benificiary:beneficiary", "verfication:verification");

    internal static void Replace(List<QuestionWord> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            if (!words[i].Named && Table.TryGetValue(words[i].Text, out var one)) words[i] = words[i] with { Text = one };
        }
    }

    private static FrozenDictionary<string, string> Build(params string[] pairs) => pairs.Select(pair => pair.Split(':')).ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}
