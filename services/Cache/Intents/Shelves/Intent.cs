using Slipway.Cache.Intents.Gate;

namespace Slipway.Cache.Intents.Shelves;

/// <summary>A question that has an answer.</summary>
/// <param name="Id">Random, 16 bytes in hexadecimal digits: two replicas know one intent by it.</param>
/// <param name="Question">The question as it was asked.</param>
/// <param name="Entry">The key of its answer.</param>
/// <param name="Direction">Its vector, of length 1.</param>
/// <param name="ExpiresAt">When the answer expires.</param>
internal sealed record Intent(string Id, string Question, string Entry, float[] Direction, DateTimeOffset ExpiresAt)
{
    /// <summary>What it takes in memory besides text and vector, in bytes; estimated from the objects' sizes.</summary>
    private const int Overhead = 400;

    /// <summary>The question in the words that matter; worked out when it is first compared.</summary>
    internal CanonicalQuestion Canonical => field ??= CanonicalQuestion.Of(Question);

    /// <summary>What it counts for in memory, in bytes.</summary>
    internal long Size => Overhead + ((long)Direction.Length * sizeof(float)) + (4L * (Question.Length + Entry.Length));
}
