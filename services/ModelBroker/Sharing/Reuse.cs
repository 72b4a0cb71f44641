using System.Security.Cryptography;
using Google.Protobuf;
using Slipway.Contracts;

namespace Slipway.ModelBroker.Sharing;

/// <summary>Which chats may share an answer.</summary>
internal static class Reuse
{
    /// <summary>
    /// Whether calls that are under way at once may share one answer. Not when the caller asks for a temperature above 0 and sets no seed: who asks several times
    /// then wants several answers.
    /// </summary>
    public static bool MayShare(CompleteRequest request) => request.HasSeed || !request.HasTemperature || request.Temperature == 0;

    /// <summary>Whether an answer may be given again later: only where the caller asked for the same answer each time.</summary>
    public static bool MayKeep(CompleteRequest request) => request.HasSeed || (request.HasTemperature && request.Temperature == 0);

    /// <summary>Everything that tells calls apart, the tenant among it; not which request asks, nor how long it waits.</summary>
    public static string Key(CompleteRequest request)
    {
        var key = request.Clone();
        key.RequestId = "";
        key.ClearFirstTextMs();
        return Convert.ToHexStringLower(SHA256.HashData(key.ToByteArray()));
    }

    /// <summary>Everything that tells embedding calls apart.</summary>
    public static string Key(EmbeddingsRequest request)
    {
        var key = request.Clone();
        key.RequestId = "";
        return Convert.ToHexStringLower(SHA256.HashData(key.ToByteArray()));
    }

    /// <summary>The same vectors for another request.</summary>
    public static EmbeddingsResponse Again(EmbeddingsResponse reply)
    {
        var again = reply.Clone();
        again.CostUsd = 0;
        again.Shared = true;
        return again;
    }

    /// <summary>The same answer for another request: what it cost is in the first one's bill.</summary>
    public static CompleteResponse Again(CompleteResponse answer)
    {
        var again = answer.Clone();
        again.CostUsd = 0;
        again.Shared = true;
        return again;
    }
}
