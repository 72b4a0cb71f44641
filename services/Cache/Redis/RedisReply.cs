namespace Slipway.Cache.Redis;

/// <summary>What came of a command.</summary>
/// <param name="Answered">False when Redis is away, failed, or took too long: then there is no value.</param>
/// <param name="Value">The reply.</param>
internal readonly record struct RedisReply<T>(bool Answered, T Value);
