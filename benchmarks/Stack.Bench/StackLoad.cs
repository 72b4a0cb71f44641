using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HdrHistogram;

namespace Slipway.Stack.Bench;

/// <summary>
/// A closed loop of connections over plain sockets: each sends a prepared request, reads the whole response, and goes on. It spends little of the two cores
/// that it shares with what it measures.
/// </summary>
internal static class StackLoad
{
    private static readonly string[] Questions =
    [
        "How do I roll back a release?", "What does the edge do?", "Which process owns the database?", "How is confidence worked out?", "What happens when redis dies?",
        "How do I upload documents?", "What is the request path?", "How long do cache entries live?", "How do I add a tenant?", "What does Server-Timing tell?",
    ];

    public static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");

    public static byte[] CachedQuestion(int n) => Post(Questions[n % Questions.Length], "");

    /// <summary>The same questions, each made new by a number at its end, so that no tier and no embedding is warm; and not stored.</summary>
    public static byte[] UncachedQuestion(int n) => Post($"{Questions[n % Questions.Length]} ({n})", "Cache-Control: no-store\r\n");

    public static async Task WarmUpAsync(StackProcess stack)
    {
        // Until each question is in the cache and the runtime has compiled the hot code for the last time: of a service that has run for a minute, not for a moment.
        await RunAsync(null, 4, 10, stack.EdgePort, UncachedQuestion);
        await RunAsync(null, 16, 30, stack.EdgePort, CachedQuestion);
    }

    public static async Task<(double PerSecond, long Answered)> RunAsync(string? name, int connections, int seconds, int port, Func<int, byte[]> request)
    {
        var histogram = new LongConcurrentHistogram(1, TimeSpan.TicksPerMinute, 3);
        var number = 0;
        long errors = 0;
        var watch = Stopwatch.StartNew();
        var until = TimeSpan.FromSeconds(seconds);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(ConnectAsync)));
        var elapsed = watch.Elapsed.TotalSeconds;
        var rate = histogram.TotalCount / elapsed;
        if (name is not null)
        {
            Console.WriteLine(
                $"{name}: {rate:0} requests/s, p50 {Percentile(50):0.00} ms, p95 {Percentile(95):0.00} ms, p99 {Percentile(99):0.00} ms, max {histogram.GetMaxValue() / (double)TimeSpan.TicksPerMillisecond:0.0} ms, {errors} errors");
        }

        return (rate, histogram.TotalCount);

        double Percentile(double percent) => histogram.GetValueAtPercentile(percent) / (double)TimeSpan.TicksPerMillisecond;

        async Task ConnectAsync()
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            var buffer = new byte[256 * 1024];
            while (watch.Elapsed < until)
            {
                var bytes = request(Interlocked.Increment(ref number));
                var started = Stopwatch.GetTimestamp();
                await socket.SendAsync(bytes);
                var status = await ReadResponseAsync(socket, buffer);
                if (status == 200) histogram.RecordValue(Math.Max(1, Stopwatch.GetElapsedTime(started).Ticks));
                else Interlocked.Increment(ref errors);
            }
        }
    }

    /// <summary>Reads one response with a Content-Length or chunked body; returns its status.</summary>
    private static async Task<int> ReadResponseAsync(Socket socket, byte[] buffer)
    {
        var filled = 0;
        var end = -1;
        while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0) filled += await ReceiveAsync(socket, buffer, filled);
        var head = Encoding.ASCII.GetString(buffer, 0, end);
        var lengthAt = head.IndexOf("Content-Length:", StringComparison.OrdinalIgnoreCase);
        if (lengthAt >= 0)
        {
            var digits = head.AsSpan(lengthAt + 15).TrimStart();
            var stop = digits.IndexOfAnyExceptInRange('0', '9');
            var total = end + 4 + int.Parse(stop < 0 ? digits : digits[..stop]);
            while (filled < total) filled += await ReceiveAsync(socket, buffer, filled);
        }
        else
        {
            while (!buffer.AsSpan(0, filled).EndsWith("0\r\n\r\n"u8)) filled += await ReceiveAsync(socket, buffer, filled);
        }

        return int.Parse(head.AsSpan(9, 3));
    }

    private static async Task<int> ReceiveAsync(Socket socket, byte[] buffer, int filled)
    {
        var received = await socket.ReceiveAsync(buffer.AsMemory(filled));
        return received > 0 ? received : throw new IOException("The connection was closed.");
    }

    private static byte[] Post(string question, string headers)
    {
        var body = $$"""{"question":"{{question}}"}""";
        return Encoding.ASCII.GetBytes(
            $"POST /v1/answers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk-slipway-dev\r\nContent-Type: application/json\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}");
    }
}
