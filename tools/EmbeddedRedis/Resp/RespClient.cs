using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.EmbeddedRedis.Resp;

/// <summary>
/// Says one command to the Redis of this process, as a client would: connect, <c>AUTH</c>, the command. Wire format: each request is an array of
/// bulk strings (<c>*2\r\n$4\r\nAUTH\r\n$n\r\n…\r\n</c>), each answer here a simple string (<c>+OK\r\n</c>) or an error (<c>-ERR …\r\n</c>).
/// </summary>
internal static class RespClient
{
    /// <returns>Null when the answer was the expected one; else what it said.</returns>
    internal static async Task<string?> AskAsync(RedisOptions options, string command, string expected, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, options.Port, cancellationToken);
        await socket.SendAsync(Request("AUTH", options.Password), cancellationToken);
        await socket.SendAsync(Request(command), cancellationToken);

        var whole = $"+OK\r\n+{expected}\r\n";
        var answer = new byte[512];
        var length = 0;
        while (length < whole.Length)
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length), cancellationToken);
            if (read == 0) break;
            length += read;
            if (length == answer.Length || answer.AsSpan(0, length).Contains((byte)'-')) break;
        }

        var text = Encoding.ASCII.GetString(answer, 0, length);
        return text == whole ? null : text.TrimEnd();
    }

    private static byte[] Request(params ReadOnlySpan<string> words)
    {
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words) request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        return Encoding.UTF8.GetBytes(request.ToString());
    }
}
