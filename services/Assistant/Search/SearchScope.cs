using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Slipway.Assistant.Documents;
using Slipway.Assistant.Http;
using Slipway.Contracts;

namespace Slipway.Assistant.Search;

/// <summary>
/// Which of the tenant's documents are looked at: a collection, and a filter over their metadata. In requests <c>{collection?, filter?}</c>, where a filter is
/// <c>{field: value | [value] | {gt|gte|lt|lte: bound}}</c> and all of its fields must hold. Limits of the filter are retrieval's to check.
/// </summary>
/// <param name="Collection">The collection; empty for the default one.</param>
/// <param name="Filter">The filter, or null.</param>
internal sealed partial record SearchScope(string Collection, SearchFilter? Filter)
{
    /// <summary>The default name of a collection, which is the same as none.</summary>
    private const string Default = "default";

    private const int MaxNameLength = 64;

    public static SearchScope Everything { get; } = new("", null);

    /// <summary>Reads the fields of a request.</summary>
    public static SearchScope Read(JsonElement json)
    {
        var collection = ReadCollection(json.OptionalString("collection", MaxNameLength));
        return json.Has("filter", out var filter) ? new SearchScope(collection, ReadFilter(filter)) : collection.Length == 0 ? Everything : new SearchScope(collection, null);
    }

    /// <summary>A collection's name, checked; empty for the default one.</summary>
    public static string ReadCollection(string? name) =>
        string.IsNullOrEmpty(name) || name == Default ? ""
        : Name.IsMatch(name) ? name
        : throw JsonFields.Invalid("collection", $"'collection' must have 1 to {MaxNameLength} characters a-z, 0-9, '-' and '_', the first a letter or digit.");

    /// <summary>What makes an answer from this scope another one than that from everything; empty for everything.</summary>
    public ReadOnlyMemory<byte> Identity()
    {
        if (this == Everything) return default;
        var request = new SearchRequest { Collection = Collection, Filter = Filter };
        return request.ToByteArray();
    }

    /// <summary>Confines a search to this scope.</summary>
    public void ApplyTo(SearchRequest request) => (request.Collection, request.Filter) = (Collection, Filter);

    private static SearchFilter ReadFilter(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType("filter", "an object");
        var filter = new SearchFilter();
        foreach (var field in json.EnumerateObject())
        {
            var name = field.NameText("filter");
            filter.All.Add(ReadCondition(name, "filter." + name, field.Value));
        }

        return filter;
    }

    private static FilterCondition ReadCondition(string name, string at, JsonElement json)
    {
        var condition = new FilterCondition { Name = name };
        if (json.ValueKind != JsonValueKind.Object)
        {
            condition.AnyOf = new FilterCondition.Types.AnyOf { Values = { DocumentReader.Values(at, json).Values } };
            return condition;
        }

        condition.Range = new FilterCondition.Types.Range();
        foreach (var bound in json.EnumerateObject())
        {
            var value = DocumentReader.Value(at + "." + bound.NameText(at), bound.Value);
            switch (bound.Name)
            {
                case "gt": condition.Range.Gt = value; break;
                case "gte": condition.Range.Gte = value; break;
                case "lt": condition.Range.Lt = value; break;
                case "lte": condition.Range.Lte = value; break;
                default: throw JsonFields.Invalid($"{at}.{bound.Name}", $"'{at}.{bound.Name}' is no bound; gt, gte, lt and lte are.");
            }
        }

        return condition;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,63}\z")]
    private static partial Regex Name { get; }
}
