namespace Slipway.Testing;

public static class WellKnown
{
    /// <summary>The internal key of services under test.</summary>
    public const string InternalKey = "test-internal-key-0123456789";
}
