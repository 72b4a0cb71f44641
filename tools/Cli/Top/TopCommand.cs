using System.CommandLine;
using System.Text.Json;
using Slipway.Cli.Edge;
using Spectre.Console;

namespace Slipway.Cli.Top;

/// <summary><c>slipway top</c>.</summary>
internal static class TopCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Build()
    {
        var (edge, key) = (EdgeOptions.Edge(), EdgeOptions.Key("with the scope admin"));
        var window = new Option<int>("--window") { Description = "Minutes that the figures are of: 1, 5 or 60.", DefaultValueFactory = _ => 5 };
        window.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && given is not (1 or 5 or 60)) result.AddError($"--window is {given}; it must be 1, 5 or 60.");
        });
        var interval = EdgeOptions.Ranged("--interval", "Seconds between two looks.", 2, 1, 60);
        var route = new Option<string?>("--route") { Description = "The route whose stages are shown; the busiest by default." };
        var json = new Option<bool>("--json") { Description = "Write one snapshot to standard output as JSON, and end." };
        var command = new Command("top", "Shows live how a stack stands: stages against budgets, tenants, models, cache, cost, degradations, alerts and events. Exit codes: 0 shown, 2 it could not be.")
        {
            edge, key, window, interval, route, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                using var client = new EdgeClient(parsed.GetRequiredValue(edge), EdgeOptions.KeyOf(parsed, key), TimeSpan.FromSeconds(10));
                var output = parsed.InvocationConfiguration.Output;
                if (parsed.GetValue(json))
                {
                    var snapshot = await TopSnapshot.ReadAsync(client, parsed.GetValue(window), cancellationToken);
                    await output.WriteLineAsync(snapshot.Json.ToJsonString(Indented));
                    return ExitCodes.Passed;
                }

                var console = Screen.Of(output);
                var live = !Console.IsOutputRedirected && console.Profile.Capabilities.Ansi;
                var loop = new TopLoop(console, cancel => TopSnapshot.ReadAsync(client, parsed.GetValue(window), cancel), parsed.GetValue(route), TimeSpan.FromSeconds(parsed.GetValue(interval)), TimeProvider.System);
                await loop.RunAsync(live, cancellationToken);
                return ExitCodes.Passed;
            }
            catch (UnableException exception)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(exception.Message);
                return ExitCodes.Unable;
            }
        });
        return command;
    }
}

/// <summary>Looks again and again until it is stopped. A look that fails leaves what was seen last, and says why; the first one must succeed.</summary>
internal sealed class TopLoop(IAnsiConsole console, Func<CancellationToken, Task<TopSnapshot>> read, string? route, TimeSpan interval, TimeProvider time)
{
    /// <param name="live">Draw over what was drawn before until it is stopped; else draw once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="UnableException">The first look failed.</exception>
    public async Task RunAsync(bool live, CancellationToken cancellationToken)
    {
        var snapshot = await read(cancellationToken);
        if (!live)
        {
            console.Write(TopView.Draw(snapshot, route, null));
            return;
        }

        await console.Live(TopView.Draw(snapshot, route, null)).AutoClear(false).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Bottom).StartAsync(async context =>
        {
            try
            {
                while (true)
                {
                    await Task.Delay(interval, time, cancellationToken);
                    string? trouble = null;
                    try
                    {
                        snapshot = await read(cancellationToken);
                    }
                    catch (UnableException exception)
                    {
                        trouble = exception.Message;
                    }

                    context.UpdateTarget(TopView.Draw(snapshot, route, trouble));
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Ctrl-C: what was seen last stays on the screen.
            }
        });
    }
}
