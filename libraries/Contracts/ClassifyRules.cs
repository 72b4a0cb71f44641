namespace Slipway.Contracts;

/// <summary>What a request to classify may be: 1 to 256 texts of 1 to 32,768 characters, 2 to 100 different labels of 1 to 100 characters, instructions of up to 8,192 characters.</summary>
public static class ClassifyRules
{
    private const int MostTexts = 256;
    private const int MostCharacters = 32_768;
    private const int LeastLabels = 2;
    private const int MostLabels = 100;
    private const int MostLabelCharacters = 100;
    private const int MostInstructions = 8_192;

    /// <summary>Checks a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="single">Whether its text is no list to whom it is told: then it is called input, not input[0].</param>
    /// <returns>What is wrong, which names the field as callers of the edge know it, and the limit; null when it may be.</returns>
    public static ServiceError? Check(ClassifyRequest request, bool single = false)
    {
        if (Count("input", request.Texts.Count, 1, MostTexts) is { } texts) return texts;
        for (var i = 0; i < request.Texts.Count; i++)
            if (Length(single ? "input" : $"input[{i}]", request.Texts[i], MostCharacters) is { } text) return text;

        if (Count("labels", request.Labels.Count, LeastLabels, MostLabels) is { } labels) return labels;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < request.Labels.Count; i++)
        {
            if (Length($"labels[{i}]", request.Labels[i], MostLabelCharacters) is { } label) return label;
            if (!seen.Add(request.Labels[i])) return ServiceError.Invalid($"labels[{i}]", $"'labels[{i}]' is there twice.");
        }

        return request.Instructions.Length > MostInstructions ? ServiceError.Invalid("instructions", $"'instructions' has {request.Instructions.Length} characters; the limit is {MostInstructions}.") : null;
    }

    private static ServiceError? Count(string param, int count, int least, int most) =>
        count < least || count > most ? ServiceError.Invalid(param, $"'{param}' has {count} entries; it must have {least} to {most}.") : null;

    private static ServiceError? Length(string param, string text, int most) =>
        text.Length == 0 || text.Length > most ? ServiceError.Invalid(param, $"'{param}' has {text.Length} characters; it must have 1 to {most}.") : null;
}
