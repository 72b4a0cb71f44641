using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Memory;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;

namespace Slipway.Assistant.Caching;

/// <summary>
/// Answers of the output tier that were given moments ago, kept beside the path: a question that many ask at once goes to the cache service a few times
/// a second, not thousands of times. They live so briefly (0.2 s by default) that a purge, which reaches the cache within 0.8 s, is done within its second.
/// </summary>
internal sealed class HotAnswers : IDisposable
{
    /// <summary>All answers together, as they are stored, in bytes.</summary>
    private const long Capacity = 16 * 1024 * 1024;

    private readonly TimeSpan _lifetime;
    private readonly MemoryCache _answers;

    /// <param name="lifetime">How long an answer is kept: 0 (nothing is kept) to 1 s.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="InvalidOperationException">The lifetime is out of its range.</exception>
    public HotAnswers(TimeSpan lifetime, TimeProvider time)
    {
        if (lifetime < TimeSpan.Zero || lifetime > TimeSpan.FromSeconds(1))
            throw new InvalidOperationException($"Slipway:Assistant:HotAnswerMilliseconds is {lifetime.TotalMilliseconds}; it must be 0 to 1000.");
        _lifetime = lifetime;
        _answers = new MemoryCache(new MemoryCacheOptions { SizeLimit = Capacity, Clock = new Clock(time) });
    }

    public bool TryGet(CacheKey key, [NotNullWhen(true)] out Answer? answer) => _answers.TryGetValue(key, out answer) && answer is not null;

    /// <param name="key">The answer's key; it must not be changed afterwards.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="bytes">Its size as it is stored.</param>
    public void Keep(CacheKey key, Answer answer, int bytes)
    {
        if (_lifetime > TimeSpan.Zero) _answers.Set(key, answer, new MemoryCacheEntryOptions { Size = bytes, AbsoluteExpirationRelativeToNow = _lifetime });
    }

    public void Dispose() => _answers.Dispose();

    private sealed class Clock(TimeProvider time) : Microsoft.Extensions.Internal.ISystemClock
    {
        public DateTimeOffset UtcNow => time.GetUtcNow();
    }
}
