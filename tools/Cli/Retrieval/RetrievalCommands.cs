using System.CommandLine;
using System.CommandLine.Parsing;
using Slipway.Evaluation;

namespace Slipway.Cli.Retrieval;

/// <summary><c>slipway retrieval</c>.</summary>
internal static class RetrievalCommands
{
    private const string KeyVariable = "SLIPWAY_API_KEY";

    public static Command Build() => new("retrieval", "Measures retrieval, and tunes it.") { Eval(), Tune() };

    private static Command Eval()
    {
        var (queries, qrels, edge, collection) = (Queries(), Qrels(), Edge(), Collection());
        var key = Key("of the tenant whose documents are searched");
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
            queries, qrels, edge, key, collection, mode, k, exact, floors, name, run, json, junit, concurrency,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, key, secret => new RetrievalEval(
            new EvalOptions
            {
                Queries = parsed.GetRequiredValue(queries),
                Qrels = parsed.GetRequiredValue(qrels),
                Edge = parsed.GetRequiredValue(edge),
                Key = secret,
                Collection = parsed.GetRequiredValue(collection),
                Mode = parsed.GetRequiredValue(mode),
                K = parsed.GetValue(k),
                Exact = parsed.GetValue(exact),
                Floors = Floor.ParseAll(parsed.GetValue(floors) ?? []),
                Name = parsed.GetRequiredValue(name),
                RunFile = parsed.GetValue(run),
                JsonFile = parsed.GetValue(json),
                JUnitFile = parsed.GetValue(junit),
                Concurrency = parsed.GetValue(concurrency),
            },
            parsed.InvocationConfiguration.Output).RunAsync(cancellationToken)));
        return command;
    }

    private static Command Tune()
    {
        var (queries, qrels, edge, collection) = (Queries(), Qrels(), Edge(), Collection());
        var key = Key("with the scope admin");
        var tenant = new Option<string>("--tenant") { Description = "Whose collection.", Required = true };
        var trial = new Option<bool>("--trial") { Description = "Only tell what would be chosen." };
        var command = new Command("tune", "Chooses the weight of the vector ranking in a collection's hybrid searches by judged queries. Exit codes: 0 chosen, 2 nothing was chosen.")
        {
            queries, qrels, edge, key, tenant, collection, trial,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, key, secret => new RetrievalTune(
            new TuneOptions
            {
                Queries = parsed.GetRequiredValue(queries),
                Qrels = parsed.GetRequiredValue(qrels),
                Edge = parsed.GetRequiredValue(edge),
                Key = secret,
                Tenant = parsed.GetRequiredValue(tenant),
                Collection = parsed.GetRequiredValue(collection),
                Trial = parsed.GetValue(trial),
            },
            parsed.InvocationConfiguration.Output).RunAsync(cancellationToken)));
        return command;
    }

    /// <summary>Runs a command that needs a key; what keeps it from its work is told in one line.</summary>
    private static async Task<int> RunAsync(ParseResult parsed, Option<string?> key, Func<string, Task<int>> run)
    {
        try
        {
            var secret = parsed.GetValue(key) ?? Environment.GetEnvironmentVariable(KeyVariable);
            if (string.IsNullOrEmpty(secret)) throw new UnableException($"An API key is missing: set {KeyVariable}, or give --key.");
            return await run(secret);
        }
        catch (Exception exception) when (exception is UnableException or InvalidEvaluationFileException or FormatException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Unable;
        }
    }

    private static Option<string> Queries() => new("--queries") { Description = "Queries in BEIR's format: a JSON object a line, {\"_id\", \"text\"}.", Required = true };

    private static Option<string> Qrels() => new("--qrels") { Description = "Judgments: BEIR's (with a header line) or TREC's.", Required = true };

    private static Option<Uri> Edge() => new("--edge") { Description = "The edge.", CustomParser = ParseEdge, DefaultValueFactory = _ => new Uri("http://localhost:8080") };

    private static Option<string> Collection() => new("--collection") { Description = "The collection.", DefaultValueFactory = _ => "default" };

    private static Option<string?> Key(string whose) =>
        new("--key") { Description = $"An API key {whose}; {KeyVariable} when it is not given, so that it stays out of process lists." };

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
