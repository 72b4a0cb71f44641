using Slipway.Assistant.Citations;
using Slipway.Contracts;

namespace Slipway.Assistant.RequestPath;

/// <summary>An answer as it is given.</summary>
internal sealed record Answer
{
    public required string Text { get; init; }

    public required IReadOnlyList<Citation> Citations { get; init; }

    /// <summary>0 to 1; see docs/concepts/confidence.md.</summary>
    public required double Confidence { get; init; }

    /// <summary>Whether a person should look at it.</summary>
    public required bool Review { get; init; }

    public required string Model { get; init; }

    public required string Provider { get; init; }

    public string ProviderModel { get; init; } = "";

    public string Fingerprint { get; init; } = "";

    public required string FinishReason { get; init; }

    public required Usage Usage { get; init; }

    public double CostUsd { get; init; }
}

/// <summary>Takes the text of a streamed answer as it becomes certain.</summary>
internal interface IAnswerSink
{
    /// <summary>A piece of text, never empty. The first one starts the response: what the headers say must be known by then.</summary>
    ValueTask WriteAsync(string text, CancellationToken cancellationToken);
}
