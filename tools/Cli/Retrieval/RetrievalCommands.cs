using System.CommandLine;
using Slipway.Cli.Edge;
using Slipway.Evaluation;

namespace Slipway.Cli.Retrieval;

/// <summary><c>slipway retrieval</c>.</summary>
internal static class RetrievalCommands
{
    public static Command Build() => new("retrieval", "Measures retrieval, and tunes it.") { Eval(), Tune() };

    private static Command Eval()
    {
        var (queries, qrels, edge, collection) = (Queries(), Qrels(), EdgeOptions.Edge(), Collection());
        var key = EdgeOptions.Key("of the tenant whose documents are searched");
        var mode = new Option<string>("--mode") { Description = "What is measured.", DefaultValueFactory = _ => "hybrid" };
        mode.AcceptOnlyFromAmong("hybrid", "keyword", "vector", "exact");
        var k = EdgeOptions.Ranged("--k", "The cut of the measures.", 10, 1, 100);
        var exact = new Option<bool>("--exact") { Description = "Also compare the vector index with an exact search: overlap@k." };
        var floors = new Option<string[]>("--floor") { Description = "A floor such as 'ndcg@10 >= 0.6'; may be repeated." };
        var name = new Option<string>("--name") { Description = "The name in the reports.", DefaultValueFactory = _ => "retrieval" };
        var run = new Option<string?>("--run") { Description = "Write the run to this file, in TREC's format." };
        var json = new Option<string?>("--json") { Description = "Write the figures to this file as JSON." };
        var junit = new Option<string?>("--junit") { Description = "Write the floors to this file as JUnit XML." };
        var concurrency = EdgeOptions.Ranged("--concurrency", "Searches at once.", 4, 1, 64);
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
        var (queries, qrels, edge, collection) = (Queries(), Qrels(), EdgeOptions.Edge(), Collection());
        var key = EdgeOptions.Key("with the scope admin");
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
            return await run(EdgeOptions.KeyOf(parsed, key));
        }
        catch (Exception exception) when (exception is UnableException or InvalidEvaluationFileException or FormatException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Unable;
        }
    }

    private static Option<string> Queries() => new("--queries") { Description = "Queries in BEIR's format: a JSON object a line, {\"_id\", \"text\"}.", Required = true };

    private static Option<string> Qrels() => new("--qrels") { Description = "Judgments: BEIR's (with a header line) or TREC's.", Required = true };

    private static Option<string> Collection() => new("--collection") { Description = "The collection.", DefaultValueFactory = _ => "default" };
}
