using System.Text.Json;

namespace Slipway.Flags;

/// <summary>Why a flag has the value that it has: OpenFeature's words.</summary>
public enum FlagReason
{
    /// <summary>The flag has no rule: the value is its default.</summary>
    Static,

    /// <summary>The flag's rule chose the variant.</summary>
    TargetingMatch,

    /// <summary>The flag's rule chose none: the value is its default.</summary>
    Default,

    /// <summary>The flag is switched off: the caller's own default counts.</summary>
    Disabled,

    /// <summary>There is no such flag: the caller's own default counts.</summary>
    NotFound,

    /// <summary>The rule named a variant that the flag does not have: the caller's own default counts.</summary>
    Error,
}

/// <summary>What a flag came to for one context.</summary>
/// <param name="Variant">The variant's name; empty when the caller's own default counts.</param>
/// <param name="Value">The variant's value; undefined when the caller's own default counts.</param>
/// <param name="Reason">Why.</param>
public readonly record struct FlagEvaluation(string Variant, JsonElement Value, FlagReason Reason)
{
    /// <summary>The value of a boolean flag, or the caller's own default when there is none or it is none.</summary>
    public bool AsBoolean(bool fallback) => Value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => fallback };
}
