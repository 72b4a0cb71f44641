using Spectre.Console;

namespace Slipway.Cli;

/// <summary>Where tables are drawn.</summary>
internal static class Screen
{
    /// <summary>Columns of what is no terminal, and so has no width of its own.</summary>
    private const int Width = 160;

    public static IAnsiConsole Of(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (Console.IsOutputRedirected) console.Profile.Width = Width;
        return console;
    }
}
