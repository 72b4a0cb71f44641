using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Classification;

/// <summary>Who may classify.</summary>
internal static class AbleModels
{
    /// <summary>The models that may classify, in the order in which they are tried: those of the name, or of the aliases small and answer. One that only quotes cannot.</summary>
    /// <exception cref="ModelException">There are chat models of the name, but they only quote.</exception>
    public static IReadOnlyList<CatalogModel> ForClassification(this ModelCatalog catalog, string name)
    {
        var route = name.Length > 0 ? catalog.Route(name, "chat") : catalog.Route(ModelCatalog.Small, "chat", [ModelCatalog.Answer]);
        var able = route.Where(model => !model.Provider.IsExtractive).ToList();
        if (route.Count == 0 || able.Count > 0) return able;
        throw new ModelException(ServiceError.Invalid("model", $"{(name.Length > 0 ? $"The model '{name}'" : "The default model")} only quotes passages, and cannot classify: name another one."));
    }
}
