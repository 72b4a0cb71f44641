namespace Slipway.Retrieval.Fusion;

/// <summary>Where a collection's weight comes from.</summary>
internal enum WeightSource
{
    /// <summary><see cref="FusionOptions.VectorWeight"/>: nothing better is known.</summary>
    Default = 0,

    /// <summary>The best on judged questions, and no worse than the default and than either ranking on questions that it was not chosen by.</summary>
    HeldOut = 1,

    /// <summary>0: on the judged questions keywords alone beat everything else.</summary>
    Keyword = 2,

    /// <summary>1: vectors alone did.</summary>
    Vector = 3,
}

/// <summary>A weight and what speaks for it: the mean nDCG@10 over the judged questions.</summary>
/// <param name="Weight">The share of the vector ranking, 0 to 1.</param>
/// <param name="Source">How it was come by.</param>
/// <param name="Questions">Judged questions.</param>
/// <param name="Keyword">Of keywords alone.</param>
/// <param name="Vector">Of vectors alone.</param>
/// <param name="Default">Of the default weight.</param>
/// <param name="HeldOut">Of choosing a weight, measured on questions that it was not chosen by.</param>
internal sealed record WeightChoice(double Weight, WeightSource Source, int Questions, double Keyword, double Vector, double Default, double HeldOut);
