namespace Slipway.Assets;

/// <summary>
/// An asset that is read again when it changes. A change that cannot be used is refused with all that is wrong, and what was read last stays; so it does when the file is gone.
/// </summary>
/// <typeparam name="T">What the file holds: immutable.</typeparam>
public sealed class WatchedFile<T> : IDisposable
    where T : class
{
    private readonly string _path;
    private readonly Func<byte[], T> _parse;
    private readonly Action<T> _changed;
    private readonly Action<IReadOnlyList<string>> _refused;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private byte[] _content;

    /// <param name="path">The file. One that is not there is parsed as no bytes.</param>
    /// <param name="parse">Reads its content; throws <see cref="AssetFileException"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Hears of each change that was taken.</param>
    /// <param name="refused">Hears what is wrong with a change that was not.</param>
    /// <exception cref="AssetFileException">The file cannot be used at the start.</exception>
    public WatchedFile(string path, Func<byte[], T> parse, TimeProvider time, Action<T> changed, Action<IReadOnlyList<string>> refused)
    {
        (_path, _parse, _changed, _refused) = (path, parse, changed, refused);
        _content = File.Exists(path) ? File.ReadAllBytes(path) : [];
        Current = parse(_content);
        _timer = time.CreateTimer(static file => ((WatchedFile<T>)file!).Look(), this, WatchedFile.Interval, WatchedFile.Interval);
    }

    /// <summary>What the file holds now.</summary>
    public T Current { get; private set => Volatile.Write(ref field, value); }

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
            Current = _parse(content);
            _changed(Current);
        }
        catch (AssetFileException exception)
        {
            _refused(exception.Errors);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone, or being written: what there is stays, and it is looked at again in a second.
        }
        finally
        {
            _gate.Exit();
        }
    }
}

/// <summary>Files that are read again when they change.</summary>
public static class WatchedFile
{
    /// <summary>How often a file is looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
}
