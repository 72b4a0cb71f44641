using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Embedding;

/// <summary>Fits an embedder on what a corpus holds.</summary>
internal sealed class ModelFitting(DocumentStore store, EmbeddingOptions options)
{
    private const int ReadBatch = 512;

    /// <summary>A fit uses all of the memory bandwidth there is; two at a time would only be slower. One gate for all corpora.</summary>
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>What is embedded of a chunk.</summary>
    public static string TextOf(ChunkRow chunk) => $"{chunk.Title}\n{chunk.Heading}\n{chunk.Text}";

    /// <summary>Fits on the corpus' chunks, or an even sample of them when they are many. Null when they span no space.</summary>
    /// <returns>The model, and how many chunks the corpus had.</returns>
    public async Task<(LsaModel? Model, long Chunks)> FitAsync(long corpus, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Fit(corpus, cancellationToken), cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    private (LsaModel? Model, long Chunks) Fit(long corpus, CancellationToken cancellationToken)
    {
        var total = store.ReadCorpora().First(row => row.Number == corpus).Chunks;
        var stride = Math.Max(1, (total + options.Lsa.MaxFitChunks - 1) / options.Lsa.MaxFitChunks);
        var fitter = new LsaFitter(options.Lsa);
        long after = 0, seen = 0;
        while (store.ReadChunks(corpus, after, ReadBatch) is { Count: > 0 } chunks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var chunk in chunks)
            {
                if (seen++ % stride == 0) fitter.Add(TextOf(chunk));
            }

            after = chunks[^1].Chunk;
        }

        var threads = options.Threads > 0 ? options.Threads : Math.Max(1, Environment.ProcessorCount / 2);
        return (fitter.Fit(threads, cancellationToken), seen);
    }
}
