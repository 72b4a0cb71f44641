namespace Slipway.Flags;

/// <summary>
/// A file of flags that is read again when it changes. A change that cannot be used is refused with all that is wrong, and the flags stay as they were; so they do when the file is gone.
/// </summary>
public sealed class FlagFile : IDisposable
{
    /// <summary>How often the file is looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly Action<FlagSet> _changed;
    private readonly Action<string> _refused;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private byte[] _content;

    /// <param name="path">The file. One that is not there holds no flags.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Hears of new flags.</param>
    /// <param name="refused">Hears why a change was not taken.</param>
    /// <exception cref="FlagFileException">The file cannot be used at the start.</exception>
    public FlagFile(string path, TimeProvider time, Action<FlagSet> changed, Action<string> refused)
    {
        (_path, _changed, _refused) = (path, changed, refused);
        _content = File.Exists(path) ? File.ReadAllBytes(path) : [];
        Flags = _content.Length == 0 ? FlagSet.Empty : FlagSet.Parse(_content);
        _timer = time.CreateTimer(static file => ((FlagFile)file!).Look(), this, Interval, Interval);
    }

    /// <summary>The flags of now.</summary>
    public FlagSet Flags { get; private set => Volatile.Write(ref field, value); }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        if (!_gate.TryEnter()) return;
        try
        {
            // Compared by content: a file that is written twice within its timestamp's resolution has changed all the same, and it is small.
            var content = File.ReadAllBytes(_path);
            if (content.AsSpan().SequenceEqual(_content)) return;
            _content = content;
            Flags = FlagSet.Parse(content);
            _changed(Flags);
        }
        catch (FlagFileException exception)
        {
            _refused(exception.Message);
        }
        catch (IOException)
        {
            // Gone, or being written: the flags stay, and it is looked at again in a second.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
        finally
        {
            _gate.Exit();
        }
    }
}
