using System.Threading.Channels;
using Slipway.Assistant.RequestPath;

namespace Slipway.Assistant.Intents;

/// <summary>An answer that was found by intent, to be compared with a fresh one.</summary>
/// <param name="Question">The question, with the release that answered.</param>
/// <param name="Route">The route.</param>
/// <param name="CorpusVersion">The corpus that the answer was made from.</param>
/// <param name="Given">The answer.</param>
internal sealed record IntentSample(Question Question, string Route, string CorpusVersion, Answer Given);

/// <summary>Samples that wait to be compared, at most <see cref="Capacity"/>; more are dropped: a share of the hits is enough.</summary>
internal sealed class IntentSamples
{
    public const int Capacity = 64;

    private readonly Channel<IntentSample> _samples = Channel.CreateBounded<IntentSample>(new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    public ChannelReader<IntentSample> Reader => _samples.Reader;

    public void Offer(IntentSample sample) => _samples.Writer.TryWrite(sample);
}
