using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Stack.Bench;

/// <summary>
/// Chats with a model by its name: edge, assistant, broker, simulator (0 ms), beside the simulator asked directly and a bare YARP hop in the same run. No two requests are the same, so that none
/// is coalesced.
/// </summary>
internal static class PassthroughBench
{
    private const int FlatRequests = 200_000;

    public static async Task RunAsync(int seconds, bool flat)
    {
        var data = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
        try
        {
            Console.WriteLine(StackProcess.Machine);
            await using var stack = await StackProcess.StartAsync(data, "--model-sim");
            var sim = new Uri(stack.EnvironmentOf("model-sim")["ASPNETCORE_URLS"].Split(';')[0]).Port;
            await using var baseline = await BaselineProcess.StartAsync();
            // Of a service that has run for a minute, not for a moment.
            await StackLoad.RunAsync(null, 16, 60, stack.EdgePort, Whole);
            await StackLoad.RunAsync(null, 16, 10, sim, Whole);
            await StackLoad.RunAsync(null, 16, 10, baseline.Port, _ => StackLoad.Get("/"));

            var hop = await StackLoad.RunAsync("bare YARP hop, 16 connections", 16, seconds, baseline.Port, _ => StackLoad.Get("/"));
            await StackLoad.RunAsync("simulator asked directly, 16 connections", 16, seconds, sim, Whole);
            var through = await StackLoad.RunAsync("POST /v1/chat/completions through the stack, 16 connections", 16, seconds, stack.EdgePort, Whole);
            Console.WriteLine($"through the stack : bare hop = 1 : {hop.PerSecond / through.PerSecond:0.0} by requests/s (targets: >= 5,000/s, p99 <= 15 ms)");

            await FirstTextAsync(500, sim);
            await FirstTextAsync(500, stack.EdgePort);
            var direct = await FirstTextAsync(2000, sim);
            var streamed = await FirstTextAsync(2000, stack.EdgePort);
            Console.WriteLine($"first text of a stream, 1 connection: p50 {direct:0.00} ms directly, {streamed:0.00} ms through the stack: {streamed - direct:0.00} ms more (target 2)");
            if (!flat) return;
            Console.WriteLine($"memory before {FlatRequests:N0} requests: {stack.Memory()}");
            for (var done = 0; done < FlatRequests;) done += (int)(await StackLoad.RunAsync(null, 16, 5, stack.EdgePort, Whole)).Answered;
            Console.WriteLine($"memory after them: {stack.Memory()}");
            Console.WriteLine(stack.MemoryByProcess());
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static byte[] Whole(int n) => Request(n, "");

    private static byte[] Request(int n, string more)
    {
        var body = $$"""{"model":"sim","messages":[{"role":"system","content":"You are a helpful assistant of a bank. Answer briefly."},{"role":"user","content":"Question {{n}}: my card was charged twice for the same purchase, what should I do now?"}]{{more}}}""";
        return Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk-slipway-dev\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    /// <summary>The median time from a request to the first text of its stream, in milliseconds.</summary>
    private static async Task<double> FirstTextAsync(int requests, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var buffer = new byte[256 * 1024];
        var times = new List<double>(requests);
        for (var n = 0; n < requests; n++)
        {
            var filled = 0;
            double? first = null;
            var started = Stopwatch.GetTimestamp();
            await socket.SendAsync(Request(n, ",\"stream\":true"));
            while (!buffer.AsSpan(0, filled).EndsWith("\r\n0\r\n\r\n"u8))
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(filled));
                if (received == 0) throw new IOException("The connection was closed.");
                filled += received;
                if (first is null && HasText(buffer.AsSpan(0, filled))) first = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }

            times.Add(first ?? throw new InvalidOperationException("A stream without text: " + Encoding.UTF8.GetString(buffer, 0, Math.Min(filled, 500))));
        }

        times.Sort();
        return times[times.Count / 2];
    }

    /// <summary>Whether a piece of text has come: the first piece may have the role and no text.</summary>
    private static bool HasText(ReadOnlySpan<byte> stream)
    {
        for (var rest = stream; rest.IndexOf("\"content\":\""u8) is >= 0 and var at; rest = rest[(at + 11)..])
            if (at + 11 < rest.Length && rest[at + 11] != (byte)'"') return true;
        return false;
    }
}
