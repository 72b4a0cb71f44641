using System.Text.Json;

namespace Slipway.Testing.OpenApi;

/// <summary>
/// Checks JSON against schemas of an OpenAPI description. Stricter than OpenAPI in one thing: a property that a schema with properties does not list is an error, for that is what a
/// misspelt one is. More lenient in another: <c>oneOf</c> is read as <c>anyOf</c>, as the descriptions mean it. A schema that says no more than <c>type: object</c> allows any properties.
/// </summary>
public sealed class SchemaCheck(JsonElement description)
{
    /// <summary>Schemas of Elasticsearch whose description lost the properties that carry the user's own field names.</summary>
    private static readonly HashSet<string> Open = ["#/components/schemas/_types.SortOptions"];

    /// <summary>What is wrong with a value.</summary>
    public IReadOnlyList<string> Check(JsonElement schema, JsonElement value, string path)
    {
        var result = Evaluate(schema, value, path);
        return Closed(result, value, path);
    }

    /// <summary>What a reference points to.</summary>
    public JsonElement Resolve(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
        {
            schema = description;
            foreach (var name in reference.GetString()![2..].Split('/')) schema = schema.GetProperty(name);
        }

        return schema;
    }

    private static List<string> Closed(Result result, JsonElement value, string path)
    {
        if (result.IsOpen || value.ValueKind != JsonValueKind.Object) return result.Errors;
        result.Errors.AddRange(value.EnumerateObject().Where(property => !result.Known.Contains(property.Name)).Select(property => $"{path}.{property.Name}: there is no such property."));
        return result.Errors;
    }

    private Result Evaluate(JsonElement schema, JsonElement value, string path)
    {
        var result = new Result();
        if (schema.TryGetProperty("$ref", out var reference) && Open.Contains(reference.GetString()!)) result.IsOpen = true;
        schema = Resolve(schema);
        if (value.ValueKind == JsonValueKind.Null && schema.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean()) return result;
        if (schema.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(one => IsOf(one.GetString()!, value)) : IsOf(type.GetString()!, value)))
        {
            result.Errors.Add($"{path}: is {value.ValueKind}; it must be {type}.");
            return result;
        }

        CheckBounds(schema, value, path, result);
        if (schema.TryGetProperty("const", out var constant) && !JsonElement.DeepEquals(constant, value)) result.Errors.Add($"{path}: is {value}; it must be {constant}.");

        if (schema.TryGetProperty("enum", out var allowed) && !allowed.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)))
            result.Errors.Add($"{path}: is {value}; it must be one of {allowed}.");
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            var at = 0;
            foreach (var item in value.EnumerateArray()) result.Errors.AddRange(Check(items, item, $"{path}[{at++}]"));
        }

        if (value.ValueKind == JsonValueKind.Object) CheckObject(schema, value, path, result);
        if (schema.TryGetProperty("allOf", out var all))
        {
            foreach (var part in all.EnumerateArray()) result.Add(Evaluate(part, value, path));
        }

        foreach (var word in (ReadOnlySpan<string>)["oneOf", "anyOf"])
        {
            if (schema.TryGetProperty(word, out var any)) CheckAny(schema, any, value, path, result);
        }

        return result;
    }

    private static void CheckBounds(JsonElement schema, JsonElement value, string path, Result result)
    {
        double? size = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String => value.GetString()!.Length,
            JsonValueKind.Array => value.GetArrayLength(),
            _ => null,
        };
        var (least, most) = value.ValueKind switch
        {
            JsonValueKind.Number => ("minimum", "maximum"),
            JsonValueKind.String => ("minLength", "maxLength"),
            _ => ("minItems", "maxItems"),
        };
        if (size is null) return;
        if (schema.TryGetProperty(least, out var bound) && bound.ValueKind == JsonValueKind.Number && size < bound.GetDouble()) result.Errors.Add($"{path}: is {size}; {least} is {bound}.");
        if (schema.TryGetProperty(most, out bound) && bound.ValueKind == JsonValueKind.Number && size > bound.GetDouble()) result.Errors.Add($"{path}: is {size}; {most} is {bound}.");
    }

    private void CheckAny(JsonElement schema, JsonElement any, JsonElement value, string path, Result result)
    {
        var branches = any.EnumerateArray().ToList();
        if (schema.TryGetProperty("discriminator", out var discriminator) && discriminator.TryGetProperty("mapping", out var mapping) && value.ValueKind == JsonValueKind.Object
            && value.TryGetProperty(discriminator.GetProperty("propertyName").GetString()!, out var kind) && kind.ValueKind == JsonValueKind.String)
        {
            var chosen = mapping.TryGetProperty(kind.GetString()!, out var target) ? target.GetString() : null;
            branches = [.. branches.Where(branch => branch.TryGetProperty("$ref", out var branchReference) && branchReference.GetString() == chosen)];
            if (branches.Count == 0) result.Errors.Add($"{path}: there is no {discriminator.GetProperty("propertyName").GetString()} '{kind.GetString()}'.");
        }

        List<string>? fewest = null;
        foreach (var branch in branches)
        {
            var errors = Check(branch, value, path);
            if (errors.Count == 0)
            {
                result.IsOpen = true;
                return;
            }

            if (fewest is null || errors.Count < fewest.Count) fewest = [.. errors];
        }

        if (fewest is not null) result.Errors.AddRange(fewest);
    }

    private void CheckObject(JsonElement schema, JsonElement value, string path, Result result)
    {
        if (schema.TryGetProperty("required", out var required))
            result.Errors.AddRange(required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{path}.{name.GetString()}: is missing."));
        var count = value.EnumerateObject().Count();
        if (schema.TryGetProperty("minProperties", out var least) && count < least.GetInt32()) result.Errors.Add($"{path}: has {count} properties; it must have {least} at least.");
        if (schema.TryGetProperty("maxProperties", out var most) && count > most.GetInt32()) result.Errors.Add($"{path}: has {count} properties; it must have {most} at most.");
        var known = schema.TryGetProperty("properties", out var properties);
        if (known)
        {
            foreach (var property in properties.EnumerateObject())
            {
                result.Known.Add(property.Name);
                if (value.TryGetProperty(property.Name, out var inner)) result.Errors.AddRange(Check(property.Value, inner, $"{path}.{property.Name}"));
            }
        }

        if (schema.TryGetProperty("additionalProperties", out var additional))
        {
            result.IsOpen = additional.ValueKind != JsonValueKind.False;
            if (additional.ValueKind != JsonValueKind.Object) return;
            foreach (var property in value.EnumerateObject().Where(property => !known || !properties.TryGetProperty(property.Name, out _)))
                result.Errors.AddRange(Check(additional, property.Value, $"{path}.{property.Name}"));
        }
        else if (!known && !schema.TryGetProperty("allOf", out _) && !schema.TryGetProperty("oneOf", out _) && !schema.TryGetProperty("anyOf", out _))
        {
            result.IsOpen = true;
        }
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new InvalidOperationException($"The description has a type '{type}'."),
    };

    private sealed class Result
    {
        public List<string> Errors { get; } = [];

        public HashSet<string> Known { get; } = new(StringComparer.Ordinal);

        public bool IsOpen { get; set; }

        public void Add(Result part)
        {
            Errors.AddRange(part.Errors);
            Known.UnionWith(part.Known);
            IsOpen |= part.IsOpen;
        }
    }
}
