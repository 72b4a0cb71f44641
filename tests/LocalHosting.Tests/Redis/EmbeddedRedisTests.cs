using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.Local;
using Slipway.LocalHosting.Tests.Processes;
using Slipway.Testing;
using StackExchange.Redis;

namespace Slipway.LocalHosting.Tests.Redis;

[Trait("Category", "Slow")]
public sealed class EmbeddedRedisTests : IDisposable
{
    private const string Password = "0123456789abcdef";

    private readonly TempFolder _folder = new();
    private readonly PortAllocator _ports = new();
    private readonly int _port;
    private readonly int _healthPort;

    public EmbeddedRedisTests()
    {
        _port = _ports.Next();
        _healthPort = _ports.Next();
    }

    public void Dispose()
    {
        _ports.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Nobody_gets_in_without_the_password()
    {
        await using var redis = await StartAsync(vectors: false);
        // Not by the client library, which asks this and that of its own and gives up the connection before it tells.
        using (var stranger = new TcpClient())
        {
            await stranger.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
            await stranger.GetStream().WriteAsync("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            using var reader = new StreamReader(stranger.GetStream());
            Assert.StartsWith("-NOAUTH", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        await using var client = await ConnectionMultiplexer.ConnectAsync(Options(Password));
        Assert.True(await client.GetDatabase().StringSetAsync("key", "value", TimeSpan.FromMinutes(1)));
        Assert.Equal("value", await client.GetDatabase().StringGetAsync("key"));
        Assert.Equal(1, (int)await client.GetDatabase().ScriptEvaluateAsync("return redis.call('EXISTS', KEYS[1])", ["key"]));
    }

    [Fact]
    public async Task The_password_is_not_on_the_command_line()
    {
        Assert.SkipUnless(File.Exists("/proc/self/cmdline"), "there is no /proc");
        await using var redis = await StartAsync(vectors: false);
        Assert.DoesNotContain(Password, await File.ReadAllTextAsync($"/proc/{redis.Id}/cmdline", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Program.SigKill)]
    [InlineData(Program.SigTerm)]
    public async Task Vectors_are_there_again_after_the_process_has_died(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the signals are those of Unix");
        await using (var redis = await StartAsync(vectors: true))
        {
            await using var client = await ConnectionMultiplexer.ConnectAsync(Options(Password));
            for (var i = 0; i < 200; i++) Assert.Equal(1, (int)await client.GetDatabase().ExecuteAsync("VADD", "set", "FP32", Vector(i), Element(i)));
            Assert.Equal(Element(7), await NearestAsync(client, 7));
            await CommitAsync(client);
            redis.Signal(signal);
            await redis.WaitForExitAsync();
        }

        await using (await StartAsync(vectors: true))
        {
            await using var client = await ConnectionMultiplexer.ConnectAsync(Options(Password));
            Assert.Equal(200, (int)await client.GetDatabase().ExecuteAsync("VCARD", "set"));
            foreach (var i in (int[])[0, 7, 199]) Assert.Equal(Element(i), await NearestAsync(client, i));
        }
    }

    [Fact]
    public async Task What_a_start_had_to_replay_is_in_a_checkpoint_soon_after_and_is_not_checkpointed_again()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the signals are those of Unix");
        await using (var redis = await StartAsync(vectors: true))
        {
            await using var client = await ConnectionMultiplexer.ConnectAsync(Options(Password));
            for (var i = 0; i < 50; i++) Assert.Equal(1, (int)await client.GetDatabase().ExecuteAsync("VADD", "set", "FP32", Vector(i), Element(i)));
            await CommitAsync(client);
            redis.Signal(Program.SigKill);
            await redis.WaitForExitAsync();
        }

        await using (var redis = await StartAsync(vectors: true))
        {
            await redis.WaitForLineAsync("Checkpoint taken.");
            redis.Signal(Program.SigKill);
            await redis.WaitForExitAsync();
        }

        // The second time after a graceful stop, which writes to the log.
        for (var times = 0; times < 2; times++)
        {
            await using var redis = await StartAsync(vectors: true);
            await using var client = await ConnectionMultiplexer.ConnectAsync(Options(Password));
            Assert.Equal(50, (int)await client.GetDatabase().ExecuteAsync("VCARD", "set"));
            Assert.Equal(Element(7), await NearestAsync(client, 7));
            redis.Signal(Program.SigTerm);
            await redis.WaitForExitAsync();
            Assert.DoesNotContain(redis.Output, line => line.Contains("Checkpoint taken.", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_full_cache_forgets_the_oldest_and_takes_the_new()
    {
        await using var redis = await StartAsync(vectors: false, ("Redis__MemoryMB", "16"));
        await using var client = await ConnectionMultiplexer.ConnectAsync(Options(Password));
        var database = client.GetDatabase();
        var value = new byte[64 * 1024];
        for (var i = 0; i < 1000; i++) Assert.True(await database.StringSetAsync(Element(i), value));
        Assert.False(await database.KeyExistsAsync(Element(0)));
        Assert.Equal(value.Length, await database.StringLengthAsync(Element(999)));
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_gives_up()
    {
        await using var first = await StartAsync(vectors: true);
        await using var second = Program.Start(Programs.EmbeddedRedis, [], Environment(true, _ports.Next(), _ports.Next()));
        await second.WaitForLineAsync("Another process uses the data folder");
        Assert.NotEqual(0, await second.WaitForExitAsync());
    }

    [Fact]
    public async Task All_that_is_missing_is_told_at_once()
    {
        await using var redis = Program.Start(
            Programs.EmbeddedRedis, [], ("Slipway__InternalKey", WellKnown.InternalKey), ("Slipway__DataPath", _folder.Path), ("Redis__MemoryMB", "1"), ("Redis__Password", "short"));
        var line = await redis.WaitForLineAsync("The embedded Redis is not configured");
        Assert.Contains("REDIS_PORT is not set", line, StringComparison.Ordinal);
        Assert.Contains("Redis:MemoryMB is '1': a number from 16 to 65536", line, StringComparison.Ordinal);
        Assert.Contains("Redis:Password is shorter", line, StringComparison.Ordinal);
        Assert.DoesNotContain("short,", line, StringComparison.Ordinal);
    }

    private async Task<Program> StartAsync(bool vectors, params (string, string)[] more)
    {
        var redis = Program.Start(Programs.EmbeddedRedis, [], [.. Environment(vectors, _port, _healthPort), .. more]);
        await redis.WaitForLineAsync("Redis on 127.0.0.1");
        return redis;
    }

    private (string, string)[] Environment(bool vectors, int port, int healthPort) =>
    [
        ("Slipway__InternalKey", WellKnown.InternalKey),
        ("Slipway__DataPath", _folder.Path),
        ("ASPNETCORE_URLS", string.Create(CultureInfo.InvariantCulture, $"http://localhost:{healthPort}")),
        ("REDIS_PORT", port.ToString(CultureInfo.InvariantCulture)),
        ("Redis__Password", Password),
        ("Redis__Vectors", vectors ? "true" : "false"),
    ];

    private ConfigurationOptions Options(string? password) => new()
    {
        EndPoints = { { "127.0.0.1", _port } },
        Password = password,
        AbortOnConnectFail = false,
        ConnectTimeout = 5000,
    };

    private static async Task<string> NearestAsync(ConnectionMultiplexer client, int i)
    {
        var result = (RedisResult[]?)await client.GetDatabase().ExecuteAsync("VSIM", "set", "FP32", Vector(i), "COUNT", 1);
        return (string)Assert.Single(result!)!;
    }

    private static string Element(int i) => "element" + i.ToString("000", CultureInfo.InvariantCulture);

    /// <summary>Distinct, deterministic, 32 dimensions.</summary>
    private static byte[] Vector(int i)
    {
        var random = new Random(i);
        var vector = new float[32];
        for (var d = 0; d < vector.Length; d++) vector[d] = (float)(random.NextDouble() - 0.5);
        var bytes = new byte[vector.Length * sizeof(float)];
        Buffer.BlockCopy(vector, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    /// <summary>Waits until the log is written: commands do not, so that a kill may lose those of its last moment.</summary>
    private static Task CommitAsync(IConnectionMultiplexer client) => client.GetDatabase().ExecuteAsync("COMMITAOF");
}
