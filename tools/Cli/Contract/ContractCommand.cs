using System.CommandLine;
using System.CommandLine.Parsing;
using Slipway.ProviderContract;

namespace Slipway.Cli.Contract;

/// <summary><c>slipway contract</c>.</summary>
internal static class ContractCommand
{
    private const string KeyVariable = "SLIPWAY_API_KEY";

    public static Command Build()
    {
        var model = new Option<string>("--model") { Description = "The chat model to check, as GET /v1/models names it.", Required = true };
        var embedding = new Option<string?>("--embedding-model") { Description = "The model whose vectors are checked; without it those checks are skipped." };
        var window = new Option<int?>("--context-window") { Description = "The most tokens that the model takes; without it that check is skipped." };
        var url = new Option<Uri>("--url") { Description = "The edge, or another OpenAI-compatible endpoint without its /v1.", CustomParser = ParseUrl, DefaultValueFactory = _ => new Uri("http://localhost:8080") };
        var key = new Option<string?>("--key") { Description = $"An API key; {KeyVariable} when it is not given, so that it stays out of process lists." };
        var only = new Option<string[]>("--check") { Description = "Make this check only; may be repeated." };
        only.AcceptOnlyFromAmong([.. ContractSuite.Checks.Select(check => check.Name)]);
        var json = new Option<bool>("--json") { Description = "Write the results to standard output as JSON." };
        var command = new Command("contract", "Checks that a live provider does what Slipway relies on. Exit codes: 0 all made checks passed, 1 one failed, 2 they could not be made.")
        {
            model, embedding, window, url, key, only, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                using var target = new HttpTarget(
                    parsed.GetRequiredValue(url), parsed.GetValue(key) ?? Environment.GetEnvironmentVariable(KeyVariable), parsed.GetRequiredValue(model), parsed.GetValue(embedding), parsed.GetValue(window));
                var wanted = parsed.GetValue(only) is { Length: > 0 } names ? names : null;
                return await RunAsync(target, wanted, parsed.GetValue(json), parsed.InvocationConfiguration, cancellationToken);
            }
            catch (UnableException exception)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(exception.Message);
                return ExitCodes.Unable;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(HttpTarget target, IReadOnlyList<string>? wanted, bool json, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var offered = await target.ModelsAsync(cancellationToken);
        foreach (var name in (string?[])[target.Model, target.EmbeddingModel])
            if (name is not null && !offered.Contains(name)) throw new UnableException($"The model '{name}' is not offered; there are {string.Join(", ", offered.Order(StringComparer.Ordinal))}.");
        var results = new List<ContractResult>();
        foreach (var check in ContractSuite.Checks.Where(check => wanted is null || wanted.Contains(check.Name)))
        {
            var result = await ContractSuite.RunAsync(check, target, cancellationToken);
            results.Add(result);
            await console.Error.WriteLineAsync(ContractReport.Line(result));
        }

        await console.Error.WriteLineAsync(ContractReport.Summary(results));
        if (json) await console.Output.WriteLineAsync(ContractReport.Json(target.Model, results));
        if (results.TrueForAll(result => result.Outcome == ContractOutcome.Skipped)) throw new UnableException("No check could be made.");
        return results.Exists(result => result.Outcome == ContractOutcome.Failed) ? ExitCodes.Failed : ExitCodes.Passed;
    }

    private static Uri? ParseUrl(ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") return uri;
        result.AddError($"--url is '{text}'; it must be an address such as http://localhost:8080.");
        return null;
    }
}
