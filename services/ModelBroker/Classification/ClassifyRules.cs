using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Classification;

/// <summary>What a request to classify may be.</summary>
internal static class ClassifyRules
{
    private const int MostTexts = 256;
    private const int MostCharacters = 32_768;
    private const int MostLabels = 100;
    private const int MostLabelCharacters = 100;
    private const int MostInstructions = 8_192;

    /// <exception cref="ModelException">It is not; the error names the field, as callers of the edge know it, and the limit.</exception>
    public static void Check(ClassifyRequest request)
    {
        if (request.Texts.Count is 0 or > MostTexts) throw Invalid("input", $"input has {request.Texts.Count} texts; it must have 1 to {MostTexts}.");
        for (var i = 0; i < request.Texts.Count; i++)
            if (request.Texts[i].Length is 0 or > MostCharacters) throw Invalid($"input[{i}]", $"input[{i}] has {request.Texts[i].Length} characters; it must have 1 to {MostCharacters}.");

        if (request.Labels.Count is < 2 or > MostLabels) throw Invalid("labels", $"labels has {request.Labels.Count} labels; it must have 2 to {MostLabels}.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < request.Labels.Count; i++)
        {
            if (request.Labels[i].Length is 0 or > MostLabelCharacters) throw Invalid($"labels[{i}]", $"labels[{i}] has {request.Labels[i].Length} characters; it must have 1 to {MostLabelCharacters}.");
            if (!seen.Add(request.Labels[i])) throw Invalid($"labels[{i}]", $"labels[{i}] is there twice.");
        }

        if (request.Instructions.Length > MostInstructions) throw Invalid("instructions", $"instructions has {request.Instructions.Length} characters; the limit is {MostInstructions}.");
    }

    /// <summary>The models that may classify, in the order in which they are tried: those of the name, or of the aliases small and answer. One that only quotes cannot.</summary>
    /// <exception cref="ModelException">There are chat models of the name, but they only quote.</exception>
    public static IReadOnlyList<CatalogModel> ForClassification(this ModelCatalog catalog, string name)
    {
        var route = name.Length > 0 ? catalog.Route(name, "chat") : catalog.Route(ModelCatalog.Small, "chat", [ModelCatalog.Answer]);
        var able = route.Where(model => !model.Provider.IsExtractive).ToList();
        if (route.Count == 0 || able.Count > 0) return able;
        throw Invalid("model", $"{(name.Length > 0 ? $"The model '{name}'" : "The default model")} only quotes passages, and cannot classify: name another one.");
    }

    private static ModelException Invalid(string param, string message) => new(ServiceError.Invalid(param, message));
}
