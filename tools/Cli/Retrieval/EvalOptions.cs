using Slipway.Evaluation;

namespace Slipway.Cli.Retrieval;

/// <summary>What <c>slipway retrieval eval</c> was asked for.</summary>
internal sealed record EvalOptions
{
    /// <summary>Queries in BEIR's format.</summary>
    public required string Queries { get; init; }

    /// <summary>Judgments in BEIR's format (a header line) or TREC's (none).</summary>
    public required string Qrels { get; init; }

    public required Uri Edge { get; init; }

    public required string Key { get; init; }

    /// <summary>The collection that is searched.</summary>
    public string Collection { get; init; } = "default";

    /// <summary>hybrid, keyword, vector or exact.</summary>
    public string Mode { get; init; } = "hybrid";

    /// <summary>The cut of the measures: 1 to 100.</summary>
    public int K { get; init; } = 10;

    /// <summary>Also compare the vector index with an exact search.</summary>
    public bool Exact { get; init; }

    public IReadOnlyList<Floor> Floors { get; init; } = [];

    public string Name { get; init; } = "retrieval";

    /// <summary>Where the run goes, in TREC's format; null for nowhere.</summary>
    public string? RunFile { get; init; }

    public string? JsonFile { get; init; }

    public string? JUnitFile { get; init; }

    /// <summary>Searches at once: 1 to 64.</summary>
    public int Concurrency { get; init; } = 4;
}
