using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>
/// Chooses ports for the endpoints that have none, once, so that a restarted process is found where it was. The ports lie below the systems'
/// ephemeral ranges (Linux 32768, others 49152): there, the port of a process that is being restarted could be taken by any outgoing connection,
/// even by one that its own client makes to it. Applications that start at the same moment are kept apart by claiming blocks of ports with
/// lock files, which the kernel releases when their holder ends.
/// </summary>
internal sealed class PortAllocator : IDisposable
{
    private const int Lowest = 20_000;
    private const int BlockSize = 64;
    private const int Blocks = 190;

    private readonly List<FileStream> _claims = [];
    private readonly Queue<int> _candidates = new();
    private readonly string _folder;
    private int _nextBlock;

    internal PortAllocator(string? folder = null) => _folder = folder ?? Path.Combine(Path.GetTempPath(), "localhosting-" + Environment.UserName);

    internal void Allocate(IEnumerable<IResource> resources)
    {
        foreach (var endpoint in resources.SelectMany(resource => resource.Annotations.OfType<LocalEndpoint>()))
            endpoint.AllocatedPort = endpoint.FixedPort ?? Next();
    }

    /// <summary>A port on which nobody listens, and which nobody else who asks here is given.</summary>
    internal int Next()
    {
        while (true)
        {
            while (_candidates.TryDequeue(out var port))
            {
                if (IsFree(port)) return port;
            }

            ClaimBlock();
        }
    }

    /// <summary>Whether both loopback addresses are free at this port.</summary>
    internal static bool IsFree(int port) => CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port));

    private static bool CanBind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // The machine has no IPv6 loopback: nobody can be there.
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void ClaimBlock()
    {
        for (; _nextBlock < Blocks; _nextBlock++)
        {
            if (!TryClaim(_nextBlock)) continue;
            var first = Lowest + (_nextBlock++ * BlockSize);
            for (var port = first; port < first + BlockSize; port++) _candidates.Enqueue(port);
            return;
        }

        throw new DistributedApplicationException($"There is no free port between {Lowest} and {Lowest + (Blocks * BlockSize) - 1}.");
    }

    private bool TryClaim(int block)
    {
        try
        {
            Directory.CreateDirectory(_folder);
            var path = Path.Combine(_folder, block.ToString("'ports-'000'.lock'", CultureInfo.InvariantCulture));
            _claims.Add(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            // No claims can be made here; the test of each port remains.
            return true;
        }
    }

    public void Dispose()
    {
        foreach (var claim in _claims) claim.Dispose();
    }
}
