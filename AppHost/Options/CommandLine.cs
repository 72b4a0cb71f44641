namespace Slipway.AppHost.Options;

/// <summary>The words of the command line, sorted into AppHost's own and those of the orchestrator.</summary>
internal sealed record CommandLine(IReadOnlyDictionary<string, string> Own, string[] ForOrchestrator)
{
    internal const string Usage = """
        Starts Slipway: every service, and what they need, on this machine.

          dotnet run --project AppHost [-- OPTIONS]

          --edge-port PORT      where clients connect (default 8080)
          --console-port PORT   where the console will be (default 8081)
          --data FOLDER         where state is kept (default .slipway)
          --containers          Redis, PostgreSQL and Elasticsearch as containers; needs -p:Orchestrator=Aspire
          --model-sim           answers come from the model simulator
          --install-dashboard   puts the Aspire dashboard into the data folder, with npm, and ends
          --no-dashboard        does not start the Aspire dashboard
          --help                this text

        Each can be configured as well: Slipway__EdgePort, Slipway__ConsolePort, Slipway__Data, Slipway__Containers, Slipway__ModelSim,
        Slipway__InstallDashboard, Slipway__NoDashboard.
        """;

    private const int UsageError = 2;

    private static readonly string[] WithValue = ["--edge-port", "--console-port", "--data"];
    private static readonly string[] Switches = ["--containers", "--model-sim", "--install-dashboard", "--no-dashboard"];

    /// <summary>What the Aspire CLI and <c>aspire publish</c> hand to an AppHost (v13.5.2, DistributedApplicationBuilder and the CLI's commands).</summary>
    private static readonly string[] OfAspire =
        ["--operation", "--publisher", "--step", "--output-path", "--log-level", "--include-exception-details", "--clear-cache", "--list-steps", "--environment"];

    /// <summary>Parses, or ends the process: with the usage for <c>--help</c>, with the mistake otherwise.</summary>
    internal static CommandLine ParseOrExit(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.Out.WriteLine(Usage);
            Environment.Exit(0);
        }

        try
        {
            return Parse(args);
        }
        catch (OptionException exception)
        {
            throw Exit(exception);
        }
    }

    /// <summary>Says the mistake and ends the process.</summary>
    internal static Exception Exit(OptionException exception)
    {
        Console.Error.WriteLine("Error: " + exception.Message);
        Environment.Exit(UsageError);
        return exception;
    }

    /// <exception cref="OptionException">An option is unknown, given twice, or lacks its value.</exception>
    internal static CommandLine Parse(string[] args)
    {
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        var others = new List<string>();
        var words = new Queue<string>(args);
        while (words.TryDequeue(out var word))
        {
            var parts = word.Split('=', 2);
            var name = parts[0];
            if (OfAspire.Contains(name) || (name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':')))
            {
                others.Add(word);
                if (parts.Length == 1 && words.TryPeek(out var value) && !value.StartsWith("--", StringComparison.Ordinal)) others.Add(words.Dequeue());
                continue;
            }

            if (!WithValue.Contains(name) && !Switches.Contains(name))
                throw new OptionException($"There is no option '{word}'. Options: {string.Join(", ", WithValue.Concat(Switches).Append("--help"))}.");

            string text;
            if (parts.Length == 2) text = parts[1];
            else if (Switches.Contains(name)) text = bool.TrueString;
            else if (words.TryPeek(out var next) && !next.StartsWith("--", StringComparison.Ordinal)) text = words.Dequeue();
            else throw new OptionException($"The option {name} lacks its value.");
            if (!own.TryAdd(name, text)) throw new OptionException($"The option {name} is given twice.");
        }

        return new CommandLine(own, [.. others]);
    }
}

/// <summary>A mistake of whoever started AppHost; the message names the option and its limit.</summary>
internal sealed class OptionException(string message) : Exception(message);
