using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.EmbeddedRedis.Resp;

/// <summary>
/// Asks a Redis server whether it lives, as a client would: connect, <c>AUTH</c>, <c>PING</c>. Wire format: each request an array of bulk strings
/// (<c>*2\r\n$4\r\nAUTH\r\n$n\r\n…\r\n</c>), each answer here a simple string (<c>+OK\r\n</c>, <c>+PONG\r\n</c>).
/// </summary>
internal static class RespPing
{
    private const string Expected = "+OK\r\n+PONG\r\n";

    /// <returns>Null when the server answered as it should; else what it said.</returns>
    internal static async Task<string?> PingAsync(int port, string password, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await socket.SendAsync(Request("AUTH", password), cancellationToken);
        await socket.SendAsync(Request("PING"), cancellationToken);

        var answer = new byte[256];
        var length = 0;
        while (length < Expected.Length)
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length), cancellationToken);
            if (read == 0) break;
            length += read;
            if (answer[0] == '-' && answer.AsSpan(0, length).Contains((byte)'\n')) break;
        }

        var text = Encoding.ASCII.GetString(answer, 0, length);
        return text == Expected ? null : text.TrimEnd();
    }

    private static byte[] Request(params ReadOnlySpan<string> words)
    {
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words) request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        return Encoding.UTF8.GetBytes(request.ToString());
    }
}
