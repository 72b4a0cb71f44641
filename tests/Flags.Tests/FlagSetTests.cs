using System.Text;
using Slipway.Testing;

namespace Slipway.Flags.Tests;

public sealed class FlagSetTests
{
    private const string Cheap = """
        {
          "$schema": "https://flagd.dev/schema/v0/flags.json",
          "flags": {
            "cheap": {
              "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off",
              "targeting": { "if": [{ "and": [{ "var": "overBudget" }, { "!": { "in": [{ "var": "tenant" }, ["gold", "platinum"]] } }] }, "on", "off"] } // comments are allowed
            },
            "plain": { "state": "ENABLED", "variants": { "a": "x", "b": "y" }, "defaultVariant": "b" },
            "asleep": { "state": "DISABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" },
            "lost": { "state": "ENABLED", "variants": { "on": true }, "defaultVariant": "on", "targeting": { "if": [{ "var": "x" }, "nowhere"] } },
            "bare": { "state": "ENABLED", "variants": { "true": 1, "false": 2 }, "targeting": { "==": [{ "var": "x" }, 1] } },
          }
        }
        """;

    [Fact]
    public void A_rule_chooses_the_variant_by_the_context()
    {
        var flags = Parse(Cheap);
        Assert.True(flags.Evaluate("cheap", Context(("overBudget", true), ("tenant", "dev"))).AsBoolean(false));
        Assert.False(flags.Evaluate("cheap", Context(("overBudget", true), ("tenant", "gold"))).AsBoolean(true));
        Assert.False(flags.Evaluate("cheap", Context(("overBudget", false), ("tenant", "dev"))).AsBoolean(true));
        Assert.Equal(("off", FlagReason.TargetingMatch), (flags.Evaluate("cheap", Context()).Variant, flags.Evaluate("cheap", Context()).Reason));
    }

    [Fact]
    public void Without_a_rule_that_chooses_a_flag_has_its_default()
    {
        var flags = Parse(Cheap);
        var plain = flags.Evaluate("plain", Context());
        Assert.Equal(("b", "y", FlagReason.Static), (plain.Variant, plain.Value.GetString(), plain.Reason));
        Assert.Equal(("on", FlagReason.Default), (flags.Evaluate("lost", Context()).Variant, flags.Evaluate("lost", Context()).Reason));
    }

    [Fact]
    public void What_has_no_value_leaves_the_callers_default()
    {
        var flags = Parse(Cheap);
        foreach (var (key, reason, context) in new[]
        {
            ("asleep", FlagReason.Disabled, Context()), ("nobody", FlagReason.NotFound, Context()), ("lost", FlagReason.Error, Context(("x", true))),
        })
        {
            var evaluation = flags.Evaluate(key, context);
            Assert.Equal(reason, evaluation.Reason);
            Assert.True(evaluation.AsBoolean(true));
            Assert.False(evaluation.AsBoolean(false));
        }
    }

    [Fact]
    public void True_and_false_are_variants_of_these_names()
    {
        var flags = Parse(Cheap);
        Assert.Equal(1, flags.Evaluate("bare", Context(("x", 1.0))).Value.GetInt32());
        Assert.Equal(2, flags.Evaluate("bare", Context(("x", 3.0))).Value.GetInt32());
    }

    /// <summary>Each expected value is what the JavaScript of jsonlogic.com answers.</summary>
    [Theory]
    [InlineData("""{ "==": [1, "1"] }""", true)]
    [InlineData("""{ "===": [1, "1"] }""", false)]
    [InlineData("""{ "!=": [null, 0] }""", true)]
    [InlineData("""{ "!==": ["a", "a"] }""", false)]
    [InlineData("""{ "==": [true, 1] }""", true)]
    [InlineData("""{ "<": [1, 2, 3] }""", true)]
    [InlineData("""{ "<": [1, 1, 3] }""", false)]
    [InlineData("""{ "<=": [1, 1, 3] }""", true)]
    [InlineData("""{ ">": ["10", 9] }""", true)]
    [InlineData("""{ ">=": [{ "var": "cost" }, 2.5] }""", true)]
    [InlineData("""{ ">": [{ "var": "unknown" }, 0] }""", false)]
    [InlineData("""{ "var": ["unknown", true] }""", true)]
    [InlineData("""{ "!": [[]] }""", true)]
    [InlineData("""{ "!!": "0" }""", true)]
    [InlineData("""{ "!!": { "var": "empty" } }""", false)]
    [InlineData("""{ "in": ["pring", "Springfield"] }""", true)]
    [InlineData("""{ "in": [{ "var": "tenant" }, ["a", "b"]] }""", false)]
    [InlineData("""{ "starts_with": [{ "var": "tenant" }, "ac"] }""", true)]
    [InlineData("""{ "ends_with": [{ "var": "tenant" }, "ac"] }""", false)]
    [InlineData("""{ "or": [false, { "==": [{ "var": "tenant" }, "acme"] }] }""", true)]
    [InlineData("""{ "if": [false, true, { "var": "empty" }, true, false] }""", false)]
    public void Operators_answer_as_JsonLogic_does(string rule, bool expected)
    {
        var flags = Parse($$"""{ "flags": { "f": { "state": "ENABLED", "variants": { "true": true, "false": false }, "targeting": {{rule}} } } }""");
        Assert.Equal(expected, flags.Evaluate("f", Context(("tenant", "acme"), ("cost", 2.5), ("empty", ""))).Value.GetBoolean());
    }

    [Fact]
    public void Every_mistake_of_a_file_is_told_at_once_with_the_flag_and_the_field()
    {
        var errors = Assert.Throws<FlagFileException>(() => Parse("""
            {
              "flags": {
                "a": { "state": "on", "variants": { "x": 1, "y": "2" }, "defaultVariant": "z" },
                "b": { "state": "ENABLED" },
                "c": { "state": "ENABLED", "variants": { "x": 1 }, "targeting": { "fractional": [["x", 100]] } },
                "d": { "state": "ENABLED", "variants": { "x": 1 }, "targeting": { "==": [1] } },
                "e": { "state": "ENABLED", "variants": { "x": 1 }, "targeting": { "==": [1, 1], "or": [1] } },
                "f": 7
              }
            }
            """)).Errors;
        foreach (var expected in (string[])
        [
            "flags.a.state is 'on'", "flags.a.variants are of several types", "flags.a.defaultVariant is 'z'", "flags.b.variants is missing", "flags.c.targeting: the operator 'fractional'",
            "flags.d.targeting: '==' wants 2", "flags.e.targeting: a rule is an object with one operator", "flags.f is not an object",
        ])
        {
            Assert.Contains(errors, error => error.StartsWith(expected, StringComparison.Ordinal));
        }

        Assert.Equal(8, errors.Count);
        Assert.StartsWith("line 1", Assert.Single(Assert.Throws<FlagFileException>(() => Parse("{")).Errors), StringComparison.Ordinal);
        Assert.Single(Assert.Throws<FlagFileException>(() => Parse("[]")).Errors);
    }

    [Fact]
    public void The_flags_of_the_repository_are_right()
    {
        var flags = FlagSet.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "ai", "flags.json")));
        Assert.True(flags.Evaluate("cheap", Context(("overBudget", true))).AsBoolean(false));
        Assert.False(flags.Evaluate("cheap", Context(("overBudget", false))).AsBoolean(true));
    }

    private static FlagSet Parse(string json) => FlagSet.Parse(Encoding.UTF8.GetBytes(json));

    private static Dictionary<string, object?> Context(params (string Key, object? Value)[] values) => values.ToDictionary(value => value.Key, value => value.Value, StringComparer.Ordinal);
}
