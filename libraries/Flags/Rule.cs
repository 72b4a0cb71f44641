using System.Globalization;
using System.Text.Json;

namespace Slipway.Flags;

/// <summary>
/// A compiled rule in JsonLogic (https://jsonlogic.com/operations.html): values are null, booleans, doubles and strings, and lists where <c>in</c> looks into one. What is compared or taken for
/// true follows JavaScript, as JsonLogic says: <c>"1" == 1</c>, and an empty string, zero and null are false.
/// </summary>
internal abstract class Rule
{
    /// <summary>The value in a context.</summary>
    public abstract object? Evaluate(IReadOnlyDictionary<string, object?> context);

    /// <exception cref="FormatException">An operator that is not known here, or with too few arguments.</exception>
    public static Rule Compile(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                using (var operators = json.EnumerateObject())
                {
                    if (!operators.MoveNext() || operators.Current is var only && operators.MoveNext()) throw new FormatException("a rule is an object with one operator.");
                    return Compile(only.Name, only.Value.ValueKind == JsonValueKind.Array ? [.. only.Value.EnumerateArray()] : [only.Value]);
                }

            case JsonValueKind.Array:
                return new List([.. json.EnumerateArray().Select(Compile)]);
            case JsonValueKind.String:
                return new Constant(json.GetString());
            case JsonValueKind.Number:
                return new Constant(json.GetDouble());
            case JsonValueKind.True or JsonValueKind.False:
                return new Constant(json.GetBoolean());
            default:
                return new Constant(null);
        }
    }

    private static Rule Compile(string name, JsonElement[] arguments)
    {
        if (name == "var")
        {
            if (arguments is not [{ ValueKind: JsonValueKind.String } path, ..]) throw new FormatException("var wants the name of a value.");
            return new Variable(path.GetString()!, arguments.Length > 1 ? Compile(arguments[1]) : null);
        }

        var rules = arguments.Select(Compile).ToArray();
        return name switch
        {
            "if" => Least(1, new Function(rules, static (rules, context) =>
            {
                for (var i = 0; i + 1 < rules.Length; i += 2)
                {
                    if (IsTrue(rules[i].Evaluate(context))) return rules[i + 1].Evaluate(context);
                }

                return rules.Length % 2 == 1 ? rules[^1].Evaluate(context) : null;
            })),
            "and" => Least(1, new Function(rules, static (rules, context) => Until(rules, context, stopAt: false))),
            "or" => Least(1, new Function(rules, static (rules, context) => Until(rules, context, stopAt: true))),
            "!" => Least(1, new Function(rules, static (rules, context) => !IsTrue(rules[0].Evaluate(context)))),
            "!!" => Least(1, new Function(rules, static (rules, context) => IsTrue(rules[0].Evaluate(context)))),
            "==" => Least(2, new Function(rules, static (rules, context) => LooselyEqual(rules[0].Evaluate(context), rules[1].Evaluate(context)))),
            "!=" => Least(2, new Function(rules, static (rules, context) => !LooselyEqual(rules[0].Evaluate(context), rules[1].Evaluate(context)))),
            "===" => Least(2, new Function(rules, static (rules, context) => Equals(rules[0].Evaluate(context), rules[1].Evaluate(context)))),
            "!==" => Least(2, new Function(rules, static (rules, context) => !Equals(rules[0].Evaluate(context), rules[1].Evaluate(context)))),
            "<" => Least(2, new Function(rules, static (rules, context) => Ascending(rules, context, (a, b) => a < b))),
            "<=" => Least(2, new Function(rules, static (rules, context) => Ascending(rules, context, (a, b) => a <= b))),
            ">" => Least(2, new Function(rules, static (rules, context) => Ascending(rules, context, (a, b) => a > b))),
            ">=" => Least(2, new Function(rules, static (rules, context) => Ascending(rules, context, (a, b) => a >= b))),
            "in" => Least(2, new Function(rules, static (rules, context) => rules[0].Evaluate(context) is { } what && rules[1].Evaluate(context) switch
            {
                string text => what is string part && text.Contains(part, StringComparison.Ordinal),
                object?[] list => list.Contains(what),
                _ => false,
            })),
            "starts_with" => Least(2, new Function(rules, static (rules, context) => Texts(rules, context) is var (text, part) && text.StartsWith(part, StringComparison.Ordinal))),
            "ends_with" => Least(2, new Function(rules, static (rules, context) => Texts(rules, context) is var (text, part) && text.EndsWith(part, StringComparison.Ordinal))),
            _ => throw new FormatException($"the operator '{name}' is not known here."),
        };

        Rule Least(int count, Rule rule) => rules.Length >= count ? rule : throw new FormatException($"'{name}' wants {count} arguments or more.");
    }

    private static object? Until(Rule[] rules, IReadOnlyDictionary<string, object?> context, bool stopAt)
    {
        object? value = null;
        foreach (var rule in rules)
        {
            value = rule.Evaluate(context);
            if (IsTrue(value) == stopAt) break;
        }

        return value;
    }

    /// <summary>Two values in order, or three: JsonLogic's "between".</summary>
    private static bool Ascending(Rule[] rules, IReadOnlyDictionary<string, object?> context, Func<double, double, bool> holds)
    {
        var before = Number(rules[0].Evaluate(context));
        for (var i = 1; i < Math.Min(rules.Length, 3); i++)
        {
            var next = Number(rules[i].Evaluate(context));
            if (!holds(before, next)) return false;
            before = next;
        }

        return true;
    }

    private static (string Text, string Part)? Texts(Rule[] rules, IReadOnlyDictionary<string, object?> context) =>
        rules[0].Evaluate(context) is string text && rules[1].Evaluate(context) is string part ? (text, part) : null;

    private static bool IsTrue(object? value) => value switch { null => false, bool boolean => boolean, double number => number is not (0 or double.NaN), string text => text.Length > 0, object?[] list => list.Length > 0, _ => true };

    private static bool LooselyEqual(object? a, object? b)
    {
        if (a is null || b is null) return a is null && b is null;
        return a.GetType() == b.GetType() ? Equals(a, b) : Number(a) == Number(b);
    }

    private static double Number(object? value) => value switch
    {
        null => 0,
        bool boolean => boolean ? 1 : 0,
        double number => number,
        string text => text.Trim() is { Length: > 0 } trimmed ? double.TryParse(trimmed, CultureInfo.InvariantCulture, out var number) ? number : double.NaN : 0,
        _ => double.NaN,
    };

    private sealed class Constant(object? value) : Rule
    {
        public override object? Evaluate(IReadOnlyDictionary<string, object?> context) => value;
    }

    private sealed class Variable(string name, Rule? fallback) : Rule
    {
        public override object? Evaluate(IReadOnlyDictionary<string, object?> context) => context.TryGetValue(name, out var value) && value is not null ? value : fallback?.Evaluate(context);
    }

    private sealed class List(Rule[] items) : Rule
    {
        public override object? Evaluate(IReadOnlyDictionary<string, object?> context) => items.Select(item => item.Evaluate(context)).ToArray();
    }

    private sealed class Function(Rule[] arguments, Func<Rule[], IReadOnlyDictionary<string, object?>, object?> work) : Rule
    {
        public override object? Evaluate(IReadOnlyDictionary<string, object?> context) => work(arguments, context);
    }
}
