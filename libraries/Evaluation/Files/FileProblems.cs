namespace Slipway.Evaluation;

/// <summary>Collects what is wrong in a file: the first ones in words, the others by number.</summary>
internal sealed class FileProblems(string file)
{
    private readonly List<FileProblem> _listed = [];
    private long _count;

    public void Add(long line, string field, string message)
    {
        if (_count++ < InvalidEvaluationFileException.MostListed) _listed.Add(new FileProblem(line, field, message));
    }

    public void ThrowIfAny()
    {
        if (_count > 0) throw new InvalidEvaluationFileException(file, _listed, _count);
    }
}
