namespace Slipway.Control.Records;

/// <summary>How long what was recorded is kept (<c>Slipway:Control:Records</c>).</summary>
internal sealed record RecordOptions
{
    /// <summary>Single records: 0.01 to 3,650 days. 7 by default.</summary>
    public double RecordsDays { get; init; } = 7;

    /// <summary>Single records: 1,000 to 100,000,000. 200,000 by default.</summary>
    public int MaxRecords { get; init; } = 200_000;

    /// <summary>One-minute roll-ups: 0.05 (more than the hour that is kept in memory) to 3,650 days. 30 by default.</summary>
    public double RollupsDays { get; init; } = 30;

    internal TimeSpan RecordsAge => TimeSpan.FromDays(RecordsDays);

    internal TimeSpan RollupsAge => TimeSpan.FromDays(RollupsDays);

    /// <summary>All that is wrong with the options.</summary>
    internal IEnumerable<string> Errors()
    {
        if (RecordsDays is not (>= 0.01 and <= 3650)) yield return $"Slipway:Control:Records:RecordsDays must be 0.01 to 3650; it is {RecordsDays}.";
        if (MaxRecords is not (>= 1000 and <= 100_000_000)) yield return $"Slipway:Control:Records:MaxRecords must be 1000 to 100000000; it is {MaxRecords}.";
        if (RollupsDays is not (>= 0.05 and <= 3650)) yield return $"Slipway:Control:Records:RollupsDays must be 0.05 to 3650; it is {RollupsDays}.";
    }
}
