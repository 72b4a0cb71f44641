using System.CommandLine;
using Slipway.Cli.Contract;
using Slipway.Cli.Observability;
using Slipway.Cli.Retrieval;
using Slipway.Cli.Top;
using Slipway.Cli.Trace;

namespace Slipway.Cli;

/// <summary>The whole command line.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        var parsed = new RootCommand("Slipway's command line.") { TopCommand.Build(), TraceCommand.Build(), ObservabilityCommand.Build(), RetrievalCommands.Build(), ContractCommand.Build() }.Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
        // A command line that cannot be read is no verdict.
        return parsed.Errors.Count > 0 ? ExitCodes.Unable : code;
    }
}
