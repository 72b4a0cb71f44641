using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Classification;

internal sealed class ClassifyOperation : Operation<ClassifyRequest, ClassifyResponse>
{
    /// <summary>Tokens of a text's number and label in question and answer.</summary>
    private const int PerText = 16;

    public override string Name => "classify";

    public override long Estimate(ClassifyRequest request, CatalogModel model) =>
        ((request.Instructions.Length + request.Labels.Sum(label => (long)label.Length) + request.Texts.Sum(text => (long)text.Length)) / CharactersPerToken) + (PerText * request.Texts.Count);

    public override void OnEnd(ClassifyResponse reply, Action<Ending> end) => end(new Ending(reply.Usage, null));
}
