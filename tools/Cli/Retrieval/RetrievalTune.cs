namespace Slipway.Cli.Retrieval;

/// <summary>What <c>slipway retrieval tune</c> was asked for.</summary>
internal sealed record TuneOptions
{
    /// <summary>Queries in BEIR's format.</summary>
    public required string Queries { get; init; }

    /// <summary>Judgments in BEIR's format (a header line) or TREC's (none).</summary>
    public required string Qrels { get; init; }

    public required Uri Edge { get; init; }

    /// <summary>A key with the scope admin.</summary>
    public required string Key { get; init; }

    public required string Tenant { get; init; }

    public string Collection { get; init; } = "default";

    /// <summary>Only tell what would be chosen.</summary>
    public bool Trial { get; init; }
}

/// <summary>Sends judged queries to an edge, which chooses the weight of a collection's fusion by them, and tells what came of it.</summary>
internal sealed class RetrievalTune(TuneOptions options, TextWriter output)
{
    /// <exception cref="UnableException">The edge refused, or judged queries are missing.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var (judgments, queries) = JudgedQueries.Read(options.Queries, options.Qrels);
        var grades = judgments.Entries.Where(entry => entry.Relevance > 0).ToLookup(entry => entry.QueryId, StringComparer.Ordinal);
        var questions = queries.Where(query => grades.Contains(query.Id))
            .Select(query => new { text = query.Text, relevance = grades[query.Id].ToDictionary(entry => entry.DocumentId, entry => entry.Relevance) }).ToList();
        using var edge = new EdgeSearch(options.Edge, options.Key);
        var chosen = await edge.TuneAsync(options.Tenant, new { collection = options.Collection, trial = options.Trial, questions }, cancellationToken);

        output.WriteLine($"{options.Tenant}/{options.Collection}, {questions.Count} judged queries, mean ndcg@10:");
        foreach (var (name, field) in new[] { ("keyword", "keyword_ndcg"), ("vector", "vector_ndcg"), ("default weight", "default_ndcg"), ("chosen weight, held out", "held_out_ndcg") })
            output.WriteLine(FormattableString.Invariant($"  {name,-24} {chosen.GetProperty(field).GetDouble():F4}"));
        output.WriteLine(FormattableString.Invariant($"vector weight {chosen.GetProperty("vector_weight").GetDouble():0.##} ({Reason(chosen.GetProperty("source").GetString())}){(options.Trial ? ": a trial, nothing is changed" : ", in use")}"));
        return ExitCodes.Passed;
    }

    private static string? Reason(string? source) => source switch
    {
        "held_out" => "the best, and no worse on queries that it was not chosen by",
        "default" => "the default: no choice was better on queries that it was not made by",
        "keyword" => "keywords alone are better than any mixture",
        "vector" => "vectors alone are better than any mixture",
        _ => source,
    };
}
