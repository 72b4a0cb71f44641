namespace Slipway.Cli;

/// <summary>What the command line returns.</summary>
internal static class ExitCodes
{
    public const int Passed = 0;

    /// <summary>A floor was not reached, or a check failed.</summary>
    public const int Failed = 1;

    /// <summary>The command could not be carried out: a wrong option, a file that cannot be read, an edge that does not answer.</summary>
    public const int Unable = 2;
}
