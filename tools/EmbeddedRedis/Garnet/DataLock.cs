namespace Slipway.EmbeddedRedis.Garnet;

/// <summary>One process at a time in a data folder. The kernel releases the lock when its holder dies, however it dies.</summary>
internal sealed class DataLock : IDisposable
{
    /// <summary>A predecessor whose orchestrator was killed is gone within 5 s; the rest is margin.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly FileStream _file;

    private DataLock(FileStream file) => _file = file;

    /// <exception cref="InvalidOperationException">Another process keeps the folder.</exception>
    internal static async Task<DataLock> AcquireAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, ".lock");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        while (true)
        {
            try
            {
                return new DataLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException exception)
            {
                try
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    throw new InvalidOperationException($"Another process uses the data folder {folder}.", exception);
                }
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
