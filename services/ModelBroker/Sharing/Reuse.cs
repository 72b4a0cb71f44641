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

    /// <summary>Everything that tells calls apart, the tenant among it; not who asked when, how long he waits, and whether anybody waits at all.</summary>
    public static string Key(CompleteRequest request, bool stream)
    {
        var key = request.Clone();
        key.RequestId = "";
        key.Background = false;
        key.ClearFirstTextMs();
        Span<byte> hash = stackalloc byte[32];
        System.Security.Cryptography.SHA256.HashData(key.ToByteArray(), hash);
        return (stream ? "s" : "w") + Convert.ToHexStringLower(hash);
    }
}
