using System.CommandLine;
using System.CommandLine.Parsing;
using Slipway.Evaluation;

namespace Slipway.Cli.Retrieval;

/// <summary><c>slipway retrieval</c>.</summary>
internal static class RetrievalCommands
{
    private const string KeyVariable = "SLIPWAY_API_KEY";

    public static Command Build() => new("retrieval", "Measures retrieval.") { Eval() };

    private static Command Eval()
    {
        var queries = new Option<string>("--queries") { Description = "Queries in BEIR's format: a JSON object a line, {\"_id\", \"text\"}.", Required = true };
        var qrels = new Option<string>("--qrels") { Description = "Judgments: BEIR's (with a header line) or TREC's.", Required = true };
        var edge = new Option<Uri>("--edge") { Description = "The edge.", CustomParser = ParseEdge, DefaultValueFactory = _ => new Uri("http://localhost:8080") };
        var key = new Option<string?>("--key") { Description = $"An API key of the tenant whose documents are searched; {KeyVariable} when it is not given, so that it stays out of process lists." };
        var mode = new Option<string>("--mode") { Description = "What is measured.", DefaultValueFactory = _ => "hybrid" };
        mode.AcceptOnlyFromAmong("hybrid", "keyword", "vector", "exact");
        var k = Ranged("--k", "The cut of the measures.", 10, 1, 100);
        var exact = new Option<bool>("--exact") { Description = "Also compare the vector index with an exact search: overlap@k." };
        var floors = new Option<string[]>("--floor") { Description = "A floor such as 'ndcg@10 >= 0.6'; may be repeated." };
        var name = new Option<string>("--name") { Description = "The name in the reports.", DefaultValueFactory = _ => "retrieval" };
        var run = new Option<string?>("--run") { Description = "Write the run to this file, in TREC's format." };
        var json = new Option<string?>("--json") { Description = "Write the figures to this file as JSON." };
        var junit = new Option<string?>("--junit") { Description = "Write the floors to this file as JUnit XML." };
        var concurrency = Ranged("--concurrency", "Searches at once.", 4, 1, 64);
        var command = new Command("eval", "Asks judged queries of an edge and measures what it finds. Exit codes: 0 measured and no floor missed, 1 a floor missed, 2 not measured.")
        {
            queries, qrels, edge, key, mode, k, exact, floors, name, run, json, junit, concurrency,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            try
            {
                var secret = parsed.GetValue(key) ?? Environment.GetEnvironmentVariable(KeyVariable);
                if (string.IsNullOrEmpty(secret)) throw new UnableException($"An API key is missing: set {KeyVariable}, or give --key.");
                var options = new EvalOptions
                {
                    Queries = parsed.GetRequiredValue(queries),
                    Qrels = parsed.GetRequiredValue(qrels),
                    Edge = parsed.GetRequiredValue(edge),
                    Key = secret,
                    Mode = parsed.GetRequiredValue(mode),
                    K = parsed.GetValue(k),
                    Exact = parsed.GetValue(exact),
                    Floors = Floor.ParseAll(parsed.GetValue(floors) ?? []),
                    Name = parsed.GetRequiredValue(name),
                    RunFile = parsed.GetValue(run),
                    JsonFile = parsed.GetValue(json),
                    JUnitFile = parsed.GetValue(junit),
                    Concurrency = parsed.GetValue(concurrency),
                };
                return await new RetrievalEval(options, output).RunAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is UnableException or InvalidEvaluationFileException or FormatException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                await errors.WriteLineAsync(exception.Message);
                return ExitCodes.Unable;
            }
        });
        return command;
    }

    private static Option<int> Ranged(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} {least} to {most}.", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && (given < least || given > most)) result.AddError($"{name} is {given}; it must be {least} to {most}.");
        });
        return option;
    }

    private static Uri? ParseEdge(ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") return uri;
        result.AddError($"--edge is '{text}'; it must be an address such as http://localhost:8080.");
        return null;
    }
}
