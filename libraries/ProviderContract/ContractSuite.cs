using System.Diagnostics;
using Slipway.ProviderContract.Checks;

namespace Slipway.ProviderContract;

/// <summary>What a check found.</summary>
public enum ContractOutcome
{
    /// <summary>The provider does what it should.</summary>
    Passed,

    /// <summary>It does not.</summary>
    Failed,

    /// <summary>The check could not be made; the detail says why.</summary>
    Skipped,
}

/// <summary>The result of a check.</summary>
/// <param name="Name">The check's name.</param>
/// <param name="Says">What the provider should do.</param>
/// <param name="Outcome">What was found.</param>
/// <param name="Detail">Why it failed or was skipped; else what is worth knowing, or nothing.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record ContractResult(string Name, string Says, ContractOutcome Outcome, string Detail, TimeSpan Elapsed);

/// <summary>A named check of a provider.</summary>
public sealed class ContractCheck
{
    internal ContractCheck(string name, string says, Func<IContractTarget, CancellationToken, Task<string>> run) => (Name, Says, Run) = (name, says, run);

    /// <summary>A short name in kebab case, which stays.</summary>
    public string Name { get; }

    /// <summary>What the provider should do, as a sentence.</summary>
    public string Says { get; }

    /// <summary>Makes the check; returns what is worth knowing.</summary>
    internal Func<IContractTarget, CancellationToken, Task<string>> Run { get; }
}

/// <summary>What Slipway relies on in a provider: one list of checks, made by tests against the simulator and from the command line against live providers.</summary>
public static class ContractSuite
{
    /// <summary>All checks, in the order in which they are made.</summary>
    public static IReadOnlyList<ContractCheck> Checks { get; } = [.. AnswerChecks.All, .. ToolChecks.All, .. EmbeddingChecks.All, .. FailureChecks.All];

    /// <summary>Makes one check. Only cancellation throws.</summary>
    public static async Task<ContractResult> RunAsync(ContractCheck check, IContractTarget target, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var detail = await check.Run(target, cancellationToken);
            return Result(ContractOutcome.Passed, detail);
        }
        catch (ContractSkipException skip)
        {
            return Result(ContractOutcome.Skipped, skip.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Result(ContractOutcome.Failed, exception.Message);
        }

        ContractResult Result(ContractOutcome outcome, string detail) => new(check.Name, check.Says, outcome, detail, Stopwatch.GetElapsedTime(started));
    }
}
