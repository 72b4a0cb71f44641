using System.Globalization;
using Slipway.ServiceDefaults;

namespace Slipway.EmbeddedRedis;

/// <summary>What one embedded Redis process is given (configuration section <c>Redis</c>, environment <c>Redis__NAME</c>).</summary>
internal sealed record RedisOptions
{
    /// <summary>The TCP port on 127.0.0.1: 1 to 65535. <c>Redis:Port</c>, or environment <c>REDIS_PORT</c>. Required.</summary>
    public required int Port { get; init; }

    /// <summary>What clients must send with AUTH: at least 16 characters. <c>Redis:Password</c>. Required.</summary>
    public required string Password { get; init; }

    /// <summary>
    /// False: a cache, in memory alone, which forgets the oldest when it is full. True: vector sets, logged to the data folder and there again
    /// after a restart. <c>Redis:Vectors</c>, default false.
    /// </summary>
    public bool Vectors { get; init; }

    /// <summary>Memory for the records, MB: 16 to 65536. <c>Redis:MemoryMB</c>, default 128 for a cache and 1024 for vectors (used as it fills).</summary>
    public required int MemoryMB { get; init; }

    /// <summary>The size of the log, MB, at which the vectors' process takes a checkpoint even while it is written to, and cuts the log: 16 to 65536. <c>Redis:LogMB</c>, default 64.</summary>
    public int LogMB { get; init; } = 64;

    /// <summary>The folder that this process owns.</summary>
    public required string DataPath { get; init; }

    /// <summary>Reads and checks the section.</summary>
    /// <exception cref="InvalidOperationException">Something is missing or out of range; the message lists all of it.</exception>
    internal static RedisOptions Read(IConfiguration configuration, string dataPath)
    {
        var errors = new List<string>();
        var vectors = Flag(configuration, "Redis:Vectors", errors);
        var options = new RedisOptions
        {
            Port = Number(configuration, configuration["Redis:Port"] is null ? "REDIS_PORT" : "Redis:Port", null, 1, 65535, errors),
            Password = configuration["Redis:Password"] ?? "",
            Vectors = vectors,
            MemoryMB = Number(configuration, "Redis:MemoryMB", vectors ? 1024 : 128, 16, 65536, errors),
            LogMB = Number(configuration, "Redis:LogMB", 64, 16, 65536, errors),
            DataPath = dataPath,
        };
        if (options.Password.Length < 16) errors.Add("Redis:Password is shorter than 16 characters.");
        return errors.Count == 0 ? options : throw new InvalidOperationException("The embedded Redis is not configured: " + string.Join(" ", errors));
    }

    private static bool Flag(IConfiguration configuration, string key, List<string> errors)
    {
        if (configuration[key] is not { Length: > 0 } text) return false;
        if (bool.TryParse(text, out var value)) return value;
        errors.Add($"{key} is '{text}': true or false is wanted.");
        return false;
    }

    private static int Number(IConfiguration configuration, string key, int? fallback, int min, int max, List<string> errors)
    {
        if (configuration[key] is not { Length: > 0 } text)
        {
            if (fallback is null) errors.Add($"{key} is not set.");
            return fallback ?? min;
        }

        if (int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max) return value;
        errors.Add($"{key} is '{text}': a number from {min} to {max} is wanted.");
        return min;
    }
}

internal static class RedisOptionsExtensions
{
    /// <summary>Reads <see cref="RedisOptions"/> once, so that a mistake ends the process before anything listens.</summary>
    internal static RedisOptions AddRedisOptions(this WebApplicationBuilder builder)
    {
        var options = RedisOptions.Read(builder.Configuration, builder.DataPath());
        builder.Services.AddSingleton(options);
        return options;
    }
}
