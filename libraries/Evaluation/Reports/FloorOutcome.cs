namespace Slipway.Evaluation;

/// <summary>What became of a measure's floor.</summary>
public enum FloorOutcome
{
    /// <summary>The measure has no floor: it is told, not judged.</summary>
    NoFloor,

    /// <summary>The mean reaches the floor.</summary>
    Pass,

    /// <summary>The mean is below the floor.</summary>
    BelowFloor,

    /// <summary>There is a floor and no mean to hold against it: nothing was measured. An error, never a pass.</summary>
    NoData,
}
