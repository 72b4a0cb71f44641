using System.Globalization;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>
/// A sentence transformer, run in this process by ONNX Runtime. Of a text:
/// <list type="number">
/// <item>its prefix is set before it, and it becomes tokens, cut to the longest that the model takes;</item>
/// <item>texts of similar length share a run, so that little of it is padding;</item>
/// <item>the vectors of its tokens become one (a graph that gives the sentence's vector itself has done so), of unit length.</item>
/// </list>
/// Passages run one batch at a time; questions do not wait for them.
/// </summary>
internal sealed class OnnxEmbedder : IEmbedder, IDisposable
{
    private readonly InferenceSession _session;
    private readonly OnnxFolder _folder;
    private readonly OnnxGraph _graph;
    private readonly BertEncoder _encoder;
    private readonly int _batchTokens;
    private readonly SemaphoreSlim _documents = new(1);

    private OnnxEmbedder(InferenceSession session, OnnxFolder folder, OnnxGraph graph, BertEncoder encoder, int batchTokens)
    {
        (_session, _folder, _graph, _encoder, _batchTokens) = (session, folder, graph, encoder, batchTokens);
        // The graph may not tell the size of what it gives: a run does, and shows that it runs at all.
        var ids = encoder.Encode(folder.QueryPrefix + "a", folder.MaxTokens);
        Dimensions = Run([ids.Length > 0 ? ids : [folder.Tokenizer.Padding]], CancellationToken.None)[0].Length;
        Version = string.Create(CultureInfo.InvariantCulture, $"onnx-{Dimensions}-{folder.Hash}");
    }

    /// <inheritdoc />
    public string Version { get; }

    /// <inheritdoc />
    public int Dimensions { get; }

    /// <summary>Loads a folder's model and runs it once.</summary>
    /// <exception cref="InvalidDataException">It cannot be used; the message says why.</exception>
    public static OnnxEmbedder Open(OnnxOptions options)
    {
        var folder = OnnxFolder.Read(options);
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = options.Threads > 0 ? options.Threads : Math.Max(1, Environment.ProcessorCount / 2),
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Its threads would else spin between runs, and take the processors from the searches.
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        InferenceSession? session = null;
        try
        {
            session = new InferenceSession(folder.Model, settings);
            var graph = OnnxGraph.Of(session);
            if (!graph.GivesSentence && folder.Unsupported.Length > 0)
                throw new InvalidDataException($"modules.json has {folder.Unsupported}, which is not supported but in a model that gives sentence_embedding itself.");
            return new OnnxEmbedder(session, folder, graph, new BertEncoder(folder.Tokenizer), options.BatchTokens);
        }
        catch (OnnxRuntimeException exception)
        {
            session?.Dispose();
            throw new InvalidDataException($"'{folder.Model}' could not be loaded or run: {exception.Message}", exception);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask EmbedAsync(IReadOnlyList<string> texts, EmbeddingUse use, Memory<float> destination, CancellationToken cancellationToken)
    {
        var gate = use == EmbeddingUse.Document ? _documents : null;
        if (gate is not null) await gate.WaitAsync(cancellationToken);
        try
        {
            // Off the caller's thread: it may be one that answers a search.
            await Task.Run(() => Embed(texts, use, destination, cancellationToken), cancellationToken);
        }
        catch (OnnxRuntimeException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EmbedderException(EmbedderFault.Refused, "The model could not be run on these texts.", exception);
        }
        catch (OnnxRuntimeException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            gate?.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _session.Dispose();
        _documents.Dispose();
    }

    private void Embed(IReadOnlyList<string> texts, EmbeddingUse use, Memory<float> destination, CancellationToken cancellationToken)
    {
        var prefix = use == EmbeddingUse.Query ? _folder.QueryPrefix : _folder.DocumentPrefix;
        destination.Span[..(texts.Count * Dimensions)].Clear();
        // A text without a token of its own has no direction, whatever its prefix has.
        var tokens = texts.Select((text, index) => (Index: index, Ids: prefix.Length > 0 && _encoder.Encode(text, _folder.MaxTokens).Length == 0 ? [] : _encoder.Encode(prefix + text, _folder.MaxTokens)))
            .Where(text => text.Ids.Length > 0).OrderBy(text => text.Ids.Length).ToList();
        for (var from = 0; from < tokens.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Sorted by length, the last of a batch is its longest.
            var count = 1;
            while (from + count < tokens.Count && (count + 1) * tokens[from + count].Ids.Length <= _batchTokens) count++;
            var vectors = Run([.. tokens.Skip(from).Take(count).Select(text => text.Ids)], cancellationToken);
            for (var i = 0; i < count; i++)
            {
                if (vectors[i].Length != Dimensions) throw new EmbedderException(EmbedderFault.Unusable, $"The model gave a vector of {vectors[i].Length} dimensions; its first had {Dimensions}.");
                if (vectors[i].AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw new EmbedderException(EmbedderFault.Unusable, "The model gave a vector with a value that is not a finite number.");
                LsaModel.Normalize(vectors[i]);
                vectors[i].CopyTo(destination.Span[(tokens[from + i].Index * Dimensions)..]);
            }

            from += count;
        }
    }

    private float[][] Run(IReadOnlyList<int[]> texts, CancellationToken cancellationToken)
    {
        var longest = texts.Max(text => text.Length);
        long[] shape = [texts.Count, longest];
        var ids = new long[texts.Count * longest];
        var mask = new long[ids.Length];
        Array.Fill(ids, _encoder.Padding);
        for (var i = 0; i < texts.Count; i++)
        {
            for (var j = 0; j < texts[i].Length; j++) ids[(i * longest) + j] = texts[i][j];
            mask.AsSpan(i * longest, texts[i].Length).Fill(1);
        }

        using var inputs = new DisposableList<OrtValue>();
        foreach (var (name, type) in _graph.Inputs)
        {
            var values = name switch { OnnxGraph.Ids => ids, OnnxGraph.Mask => mask, _ => new long[ids.Length] };
            inputs.Add(type == TensorElementType.Int64
                ? OrtValue.CreateTensorValueFromMemory(values, shape)
                : OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, value => (int)value), shape));
        }

        using var run = new RunOptions();
        using var stop = cancellationToken.Register(static options => ((RunOptions)options!).Terminate = true, run);
        using var outputs = _session.Run(run, [.. _graph.Inputs.Select(input => input.Name)], inputs, [_graph.Output]);
        return Pool(outputs[0], texts, longest);
    }

    private float[][] Pool(OrtValue output, IReadOnlyList<int[]> texts, int longest)
    {
        var shape = output.GetTensorTypeAndShape().Shape;
        var values = _graph.OutputType == TensorElementType.Float ? output.GetTensorDataAsSpan<float>() : Widen(output.GetTensorDataAsSpan<Float16>());
        var dimensions = (int)shape[^1];
        if (shape[0] != texts.Count || shape.Length != (_graph.GivesSentence ? 2 : 3) || (!_graph.GivesSentence && shape[1] != longest))
            throw new EmbedderException(EmbedderFault.Unusable, $"The model gave {_graph.Output} of the shape [{string.Join(", ", shape)}] for {texts.Count} texts of {longest} tokens.");
        var vectors = new float[texts.Count][];
        for (var i = 0; i < vectors.Length; i++)
        {
            var vector = vectors[i] = new float[dimensions];
            var rows = values.Slice(i * (_graph.GivesSentence ? dimensions : longest * dimensions));
            if (_graph.GivesSentence || _folder.Pooling == OnnxOptions.Cls)
            {
                rows[..dimensions].CopyTo(vector);
                continue;
            }

            // The sum points where the mean does.
            for (var j = 0; j < texts[i].Length; j++) TensorPrimitives.Add(vector, rows.Slice(j * dimensions, dimensions), vector);
        }

        return vectors;
    }

    private static float[] Widen(ReadOnlySpan<Float16> values)
    {
        var wide = new float[values.Length];
        for (var i = 0; i < wide.Length; i++) wide[i] = values[i].ToFloat();
        return wide;
    }
}
