namespace Slipway.Control.Tenants;

/// <summary>What a key may do.</summary>
internal static class Scopes
{
    /// <summary>The <c>/v1</c> surface.</summary>
    internal const string Answers = "answers";

    /// <summary>The <c>/admin</c> surface.</summary>
    internal const string Admin = "admin";

    internal static readonly string[] All = [Answers, Admin];
}
