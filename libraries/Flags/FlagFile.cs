using Slipway.Assets;

namespace Slipway.Flags;

/// <summary>
/// A file of flags that is read again when it changes. A change that cannot be used is refused with all that is wrong, and the flags stay as they were; so they do when the file is gone.
/// </summary>
public sealed class FlagFile : IDisposable
{
    private readonly WatchedFile<FlagSet> _file;

    /// <param name="path">The file. One that is not there holds no flags.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Hears of new flags.</param>
    /// <param name="refused">Hears why a change was not taken.</param>
    /// <exception cref="FlagFileException">The file cannot be used at the start.</exception>
    public FlagFile(string path, TimeProvider time, Action<FlagSet> changed, Action<string> refused) => _file = new WatchedFile<FlagSet>(
        path, content => content.Length == 0 ? FlagSet.Empty : FlagSet.Parse(content), time, changed, errors => refused(new FlagFileException(errors).Message));

    /// <summary>How often the file is looked at.</summary>
    public static TimeSpan Interval => WatchedFile.Interval;

    /// <summary>The flags of now.</summary>
    public FlagSet Flags => _file.Current;

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();
}
