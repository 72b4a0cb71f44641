using Slipway.Contracts;
using Slipway.ModelBroker.Gathering;

namespace Slipway.ModelBroker.Classification;

/// <summary>As many texts of a request as one chat takes.</summary>
/// <param name="Request">The request.</param>
/// <param name="First">The index of the first text in the request.</param>
/// <param name="Texts">The texts.</param>
internal sealed record Part(ClassifyRequest Request, int First, IReadOnlyList<string> Texts)
{
    public static IEnumerable<Part> Of(ClassifyRequest request)
    {
        var first = 0;
        while (first < request.Texts.Count)
        {
            var (end, characters) = (first + 1, request.Texts[first].Length);
            while (end < request.Texts.Count && end - first < PackingModel.Most.Items && characters + request.Texts[end].Length <= PackingModel.Most.Characters) characters += request.Texts[end++].Length;
            yield return new Part(request, first, [.. request.Texts.Skip(first).Take(end - first)]);
            first = end;
        }
    }

    /// <summary>The size of the part.</summary>
    public BatchSize Size => BatchSize.Of(Texts);
}
