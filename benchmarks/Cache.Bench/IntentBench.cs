using System.Diagnostics;
using Slipway.Cache.Intents.Gate;
using Slipway.Cache.Intents.Shelves;
using Slipway.Cache.Keys;
using Slipway.Retrieval.Embedding;

namespace Slipway.Cache.Bench;

/// <summary>
/// Asks a data set's test questions of a cache that holds the answers to all of its training questions, as the cache service finds them: an exact key first, then
/// the nearest question above a threshold that the gate lets pass. A hit is right when both questions have one label. Vectors: LSA, fitted on the training questions.
/// </summary>
internal sealed class IntentBench
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    private readonly LabelledQuestions _data;
    private readonly LsaModel _model;
    private readonly IntentShelf _shelf;
    private readonly Dictionary<string, LabelledQuestion> _known = [];
    private readonly Dictionary<string, LabelledQuestion> _exact = new(StringComparer.Ordinal);

    internal IntentBench(LabelledQuestions data)
    {
        _data = data;
        var fitter = new LsaFitter(new LsaOptions());
        foreach (var question in data.Known) fitter.Add(question.Text);
        _model = fitter.Fit(Environment.ProcessorCount) ?? throw new InvalidOperationException("The questions span no space.");
        _shelf = new IntentShelf(data.Known.Count);
        foreach (var question in data.Known)
        {
            _exact.TryAdd(QuestionText.Normalise(question.Text), question);
            if (DirectionOf(question.Text) is not { } direction) continue;
            var id = _known.Count.ToString("x32");
            _known[id] = question;
            _shelf.Add(new Intent(id, question.Text, id, direction, Now.AddDays(1)));
        }
    }

    internal IntentFigures Run(double threshold)
    {
        int exact = 0, exactRight = 0, byIntent = 0, right = 0, near = 0;
        List<(LabelledQuestion Asked, LabelledQuestion Known, double Similarity)> wrong = [];
        var watch = Stopwatch.StartNew();
        foreach (var asked in _data.Asked)
        {
            if (_exact.TryGetValue(QuestionText.Normalise(asked.Text), out var same))
            {
                exact++;
                if (same.Intent == asked.Intent) exactRight++;
                continue;
            }

            if (DirectionOf(asked.Text) is not { } direction) continue;
            var neighbours = _shelf.Nearest(direction, threshold, Now);
            if (neighbours.Count > 0) near++;
            var canonical = CanonicalQuestion.Of(asked.Text);
            foreach (var (intent, similarity) in neighbours)
            {
                if (!IntentGate.Passes(canonical, intent.Canonical)) continue;
                byIntent++;
                var known = _known[intent.Id];
                if (known.Intent == asked.Intent) right++;
                else wrong.Add((asked, known, similarity));
                break;
            }
        }

        return new IntentFigures(_data.Asked.Count, exact, exactRight, near, byIntent, right, wrong, watch.Elapsed / _data.Asked.Count);
    }

    private float[]? DirectionOf(string text)
    {
        var direction = new float[_model.Dimensions];
        return _model.Embed(text, direction) ? direction : null;
    }
}

/// <summary>What a run gave.</summary>
internal sealed record IntentFigures(
    int Asked, int Exact, int ExactRight, int Near, int ByIntent, int Right, IReadOnlyList<(LabelledQuestion Asked, LabelledQuestion Known, double Similarity)> Wrong, TimeSpan Each);
