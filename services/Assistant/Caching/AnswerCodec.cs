using Google.Protobuf;
using Slipway.Assistant.Citations;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;

namespace Slipway.Assistant.Caching;

/// <summary>An <see cref="Answer"/> as the output tier holds it.</summary>
internal static class AnswerCodec
{
    /// <param name="answer">The answer.</param>
    /// <param name="found">What retrieval had found for it, best first: <see cref="EarlierAnswer"/> compares.</param>
    public static CachedAnswer Encode(Answer answer, IReadOnlyList<Passage> found)
    {
        var hashes = found.ToLookup(passage => passage.ChunkId, PassageHash.Of, StringComparer.Ordinal);
        var cached = new CachedAnswer
        {
            Text = answer.Text,
            Confidence = answer.Confidence,
            Model = answer.Model,
            Provider = answer.Provider,
            ProviderModel = answer.ProviderModel,
            Fingerprint = answer.Fingerprint,
            FinishReason = answer.FinishReason,
            Usage = answer.Usage,
            Review = answer.Review,
        };
        cached.Citations.AddRange(answer.Citations.Select(citation => new CachedCitation
        {
            Number = citation.Number,
            DocumentId = citation.DocumentId,
            ChunkId = citation.ChunkId,
            Title = citation.Title,
            Heading = citation.Heading,
            Start = citation.Start,
            End = citation.End,
            Score = citation.Score,
        }));
        cached.Found.AddRange(found.Select(PassageHash.Of));
        cached.Cited.AddRange(answer.Citations.Select(citation => hashes[citation.ChunkId].FirstOrDefault()));
        return cached;
    }

    /// <summary>The answer again; it costs nothing this time.</summary>
    public static Answer Decode(CachedAnswer cached) => new()
    {
        Text = cached.Text,
        Citations = [.. cached.Citations.Select(c => new Citation(c.Number, c.DocumentId, c.ChunkId, c.Title, c.Heading, c.Start, c.End, c.Score))],
        Confidence = cached.Confidence,
        Review = cached.Review,
        Model = cached.Model,
        Provider = cached.Provider,
        ProviderModel = cached.ProviderModel,
        Fingerprint = cached.Fingerprint,
        FinishReason = cached.FinishReason,
        Usage = cached.Usage,
    };

    /// <summary>The message, or null when the bytes are of another version of it.</summary>
    public static T? TryParse<T>(MessageParser<T> parser, ByteString bytes)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
