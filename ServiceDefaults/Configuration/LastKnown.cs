using Google.Protobuf;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>
/// The last configuration that a service was given, on disk, so that it goes on serving when the giver is away, also after a restart.
/// A file is replaced whole (write beside, flush, rename): a reader never sees half of one.
/// </summary>
/// <typeparam name="T">The message.</typeparam>
/// <param name="folder">The service's data folder.</param>
/// <param name="name">The file's name without extension.</param>
public sealed class LastKnown<T>(string folder, string name)
    where T : class, IMessage<T>, new()
{
    private readonly string _path = Path.Combine(folder, name + ".lastknown");
    private readonly Lock _gate = new();

    /// <summary>What was saved last, or null when nothing was or the file cannot be read: then waiting for the giver is all there is.</summary>
    public T? Load()
    {
        try
        {
            var message = new T();
            message.MergeFrom(File.ReadAllBytes(_path));
            return message;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>Saves for the next start. A disk that refuses costs the next start its memory, not this one its service.</summary>
    /// <returns>Whether it was saved.</returns>
    public bool Save(T message)
    {
        try
        {
            lock (_gate)
            {
                var beside = _path + ".new";
                using (var file = new FileStream(beside, CreateOptions))
                {
                    message.WriteTo(file);
                    file.Flush(flushToDisk: true);
                }

                File.Move(beside, _path, overwrite: true);
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static FileStreamOptions CreateOptions
    {
        get
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return options;
        }
    }
}
