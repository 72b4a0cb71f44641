namespace Slipway.Cache.Intents.Gate;

/// <summary>
/// Decides whether the answer to one question may be given to another. It is an allow-list: whatever it does not know to be harmless keeps two questions apart, a
/// name, a number and a word that it never saw alike. Two questions pass when <see cref="CanonicalQuestion"/> makes the same words of both.
/// </summary>
internal static class IntentGate
{
    /// <summary>Whether the two have one intent.</summary>
    internal static bool Passes(CanonicalQuestion asked, CanonicalQuestion known)
    {
        if (asked.Words.Count == 0 || asked.Text != known.Text) return false;
        for (var i = 0; i < asked.Words.Count; i++)
        {
            // "The word" is no "Word", and "the edge" no "Edge".
            var (one, other) = (asked.Words[i], known.Words[i]);
            if (one.Named != other.Named && one.Article != other.Article) return false;
        }

        return true;
    }

    /// <summary>Whether the two have one intent, and if not, what keeps them apart.</summary>
    internal static GateVerdict Compare(CanonicalQuestion asked, CanonicalQuestion known) =>
        Passes(asked, known) ? GateVerdict.Same
        : asked.Words.Count == 0 || known.Words.Count == 0 ? GateVerdict.Incomparable
        : asked.Text == known.Text ? GateVerdict.Wording
        : WordDifference.Kind(asked.Words, known.Words);

    /// <summary>The same for two texts.</summary>
    internal static GateVerdict Compare(string asked, string known) => Compare(CanonicalQuestion.Of(asked), CanonicalQuestion.Of(known));
}

/// <summary>What the gate says. All but <see cref="Same"/> keep the questions apart; the rest is for people and metrics.</summary>
internal enum GateVerdict
{
    /// <summary>One intent: the answer may be reused.</summary>
    Same,

    /// <summary>One of them quotes, has several lines, or is too long: wording may be what it is about.</summary>
    Incomparable,

    /// <summary>A negation.</summary>
    Negation,

    /// <summary>A number, in digits or words.</summary>
    Number,

    /// <summary>A unit or a currency.</summary>
    Unit,

    /// <summary>A date or a time.</summary>
    Time,

    /// <summary>How many: all, some, any, only, at least.</summary>
    Quantifier,

    /// <summary>A direction or a comparison.</summary>
    Direction,

    /// <summary>Can, must, should, may.</summary>
    Modality,

    /// <summary>The word that asks.</summary>
    QuestionWord,

    /// <summary>If, unless, when: a condition.</summary>
    Condition,

    /// <summary>Was, did, will: when it happens.</summary>
    Tense,

    /// <summary>Whose it is, or who does it.</summary>
    Person,

    /// <summary>The same words in another order.</summary>
    Order,

    /// <summary>Any other word: names, things, actions.</summary>
    Wording,
}
