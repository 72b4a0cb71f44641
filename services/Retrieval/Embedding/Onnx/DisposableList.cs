namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>A list whose items are disposed with it.</summary>
internal sealed class DisposableList<T> : List<T>, IDisposable
    where T : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var item in this) item.Dispose();
    }
}
