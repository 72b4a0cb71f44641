using System.Globalization;

namespace Slipway.EmbeddedRedis.Garnet;

/// <summary>
/// Whether all that is in the log is in a checkpoint as well: the log was not written to since. It is kept in a file beside the data, because whether a start replayed
/// something cannot be asked of Garnet. Lost or unreadable, it costs one checkpoint more.
/// </summary>
internal sealed class SavedLog(RedisOptions options)
{
    private readonly string _file = Path.Combine(options.DataPath, "checkpointed");

    /// <summary>When the log was last written to; no such time when there is none.</summary>
    internal DateTime LastWrite()
    {
        var folder = new DirectoryInfo(Path.Combine(options.DataPath, "AOF"));
        return folder.Exists ? folder.EnumerateFiles("*", SearchOption.TopDirectoryOnly).Select(file => file.LastWriteTimeUtc).DefaultIfEmpty().Max() : default;
    }

    /// <summary>Whether nothing is in the log that is not in a checkpoint.</summary>
    internal bool IsSaved()
    {
        var written = LastWrite();
        try
        {
            return written == default
                || (DateTime.TryParseExact(File.ReadAllText(_file), "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var saved) && saved == written);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>All that the log holds now is in a checkpoint.</summary>
    internal void Mark() => File.WriteAllText(_file, LastWrite().ToString("O", CultureInfo.InvariantCulture));
}
