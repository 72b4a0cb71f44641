namespace Slipway.Evaluation;

/// <summary>Something wrong in a file.</summary>
/// <param name="Line">The line, from 1; 0: the file as a whole.</param>
/// <param name="Field">The field, as the format calls it; <c>line</c> when it is the whole line.</param>
/// <param name="Message">What is wrong with it.</param>
public sealed record FileProblem(long Line, string Field, string Message)
{
    /// <summary>The problem in one line.</summary>
    public override string ToString() => Line == 0 ? $"{Field}: {Message}" : FormattableString.Invariant($"line {Line}, {Field}: {Message}");
}
