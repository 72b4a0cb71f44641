using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.AppHost.Options;

/// <summary>
/// The folder that holds all state, and the lock on it: two AppHosts would run two writers on the same files. The kernel releases the lock when
/// its holder ends; the word inside tells whether it ended as it should.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The children of an AppHost that was killed are gone within 5 s; until then they may hold its ports.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(6);

    private readonly FileStream? _lock;

    private DataFolder(FileStream? file) => _lock = file;

    /// <summary>Opens the folder and looks at the fixed ports, or says what is wrong and ends the process. When publishing nothing is touched.</summary>
    internal static DataFolder OpenOrExit(AppHostOptions options, bool run)
    {
        if (!run) return new DataFolder(null);
        try
        {
            return Open(options);
        }
        catch (OptionException exception)
        {
            throw CommandLine.Exit(exception);
        }
    }

    /// <exception cref="OptionException">The folder cannot be used, or a port is taken.</exception>
    internal static DataFolder Open(AppHostOptions options)
    {
        var folder = new DataFolder(Lock(options.DataPath));
        try
        {
            var patience = folder._lock!.Length > 0 ? Aftermath : TimeSpan.Zero;
            folder._lock.Write("running"u8);
            folder._lock.Flush();
            if (options.InstallDashboard) return folder;
            CheckPort(options.EdgePort, "--edge-port", patience);
            CheckPort(options.ConsolePort, "--console-port", patience);
            return folder;
        }
        catch (OptionException)
        {
            folder.Dispose();
            throw;
        }
    }

    private static FileStream Lock(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, OwnerOnly);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, OwnerOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OptionException($"The data folder {path} cannot be made or kept private: {exception.Message} Choose another with --data FOLDER.");
        }

        try
        {
            return new FileStream(Path.Combine(path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new OptionException($"The data folder {path} cannot be written: {exception.Message} Choose another with --data FOLDER.");
        }
        catch (IOException)
        {
            throw new OptionException($"The data folder {path} is used by another AppHost. Stop that one, or choose another folder with --data FOLDER.");
        }
    }

    /// <exception cref="OptionException">Somebody listens there.</exception>
    private static void CheckPort(int port, string option, TimeSpan patience)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var never = new ManualResetEventSlim();
        while (!CanListen(IPAddress.Loopback, port) || !CanListen(IPAddress.IPv6Loopback, port))
        {
            if (TimeProvider.System.GetElapsedTime(started) >= patience)
                throw new OptionException(string.Create(CultureInfo.InvariantCulture, $"Port {port} is taken. Stop whoever listens there, or choose another port with {option} PORT."));
            never.Wait(TimeSpan.FromMilliseconds(100));
        }
    }

    private static bool CanListen(IPAddress address, int port)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !Socket.OSSupportsIPv6) return true;
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException exception)
        {
            // No IPv6 loopback on this machine; or a port below 1024, which the edge will report better.
            return exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AccessDenied;
        }
    }

    public void Dispose()
    {
        _lock?.SetLength(0);
        _lock?.Dispose();
    }
}
