using System.Globalization;

namespace Slipway.EmbeddedRedis.Garnet;

/// <summary>
/// Garnet's settings for a developer's machine. Its defaults reserve gigabytes (16 GB log, 128 MB index, 128 MB append-only buffer); these keep
/// an idle process near 100 MB, and a cache of 128 MB that is full of strings near 240 MB.
/// </summary>
internal static class GarnetArguments
{
    internal static string[] For(RedisOptions options)
    {
        var memory = options.MemoryMB.ToString(CultureInfo.InvariantCulture) + "m";
        List<string> arguments =
        [
            "--bind", "127.0.0.1",
            "--port", options.Port.ToString(CultureInfo.InvariantCulture),
            "--memory", memory,
            "--page", "1m",
            "--segment", "64m",
            // Fixed: 64 bytes for each bucket of about four keys. Growing it is a background task that ends in an error at each stop.
            "--index", options.Vectors ? "16m" : "8m",
            "--pubsub-pagesize", "4k",
            "--buffer-pool-memory-budget", "16m",
            "--checkpointdir", options.DataPath,
            // The native device wants libaio, which a fresh machine lacks.
            "--device-type", "RandomAccess",
            "--max-databases", "1",
            "-q",
        ];
        arguments.AddRange(options.Vectors ? Durable(options) : Cache);
        return [.. arguments];
    }

    /// <summary>Lua: IDistributedCache's Redis client sets a value and its expiry in one script.</summary>
    private static readonly string[] Cache = ["--lua", "--expired-key-deletion-scan-freq", "60"];

    /// <summary>
    /// The log is written at each operation but not waited for: a process that is killed may lose what it acknowledged in its last moment.
    /// Retrieval's documents are the truth; it finds the vectors that are missing and adds them.
    /// </summary>
    private static string[] Durable(RedisOptions options) =>
    [
        "--enable-vector-set-preview",
        "--aof",
        "--aof-memory", "16m",
        "--aof-page-size", "4m",
        "--aof-segment-size", "64m",
        "--aof-commit-freq", "0",
        "--aof-size-limit", options.LogMB.ToString(CultureInfo.InvariantCulture) + "m",
        // One after the other, as they came: replayed by several threads at once, more vectors were left that no search found (benchmarks/results/vectors.md).
        "--vector-set-replay-task-count", "1",
        "--recover",
    ];
}
