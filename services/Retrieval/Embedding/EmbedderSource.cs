using System.Collections.Concurrent;
using System.Text.Json;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding.Broker;
using Slipway.Retrieval.Embedding.Onnx;

namespace Slipway.Retrieval.Embedding;

/// <summary>An embedder, with what tells it from others and how it is had again.</summary>
internal sealed record ConfiguredEmbedder(IEmbedder Embedder, string Identity, EmbedderSpec Spec);

/// <summary>The embedder that the configuration names, and those of stored generations. LSA is fitted on each corpus; the others are one for all.</summary>
internal interface IEmbedderSource
{
    /// <summary>True when the configured embedder is fitted on each corpus (LSA).</summary>
    bool IsFitted { get; }

    /// <summary>What tells the configured embedder from others. A generation of another identity is not of the configured embedder.</summary>
    string Identity { get; }

    /// <summary>The configured embedder, which is not fitted.</summary>
    /// <exception cref="EmbedderException">It cannot be had now.</exception>
    Task<ConfiguredEmbedder> GetAsync(CancellationToken cancellationToken);

    /// <summary>The embedder of a stored generation; one that fails every call where it cannot be had; null when it was fitted and its file is lost.</summary>
    IEmbedder? Reopen(GenerationRow generation);
}

/// <inheritdoc cref="IEmbedderSource" />
internal sealed class EmbedderSource : IEmbedderSource, IDisposable
{
    private readonly EmbeddingOptions _options;
    private readonly RetrievalPaths _paths;
    private readonly BrokerEmbeddings _broker;
    private readonly TimeProvider _time;
    private readonly OnnxEmbedder? _onnx;
    private readonly ConcurrentDictionary<string, Lazy<IEmbedder>> _reopened = new(StringComparer.Ordinal);
    private volatile BrokerEmbedder? _openAi;

    /// <exception cref="InvalidOperationException">The configured model cannot be loaded.</exception>
    public EmbedderSource(EmbeddingOptions options, RetrievalPaths paths, BrokerEmbeddings broker, TimeProvider time)
    {
        (_options, _paths, _broker, _time) = (options, paths, broker, time);
        if (options.Embedder != EmbeddingOptions.OnnxName) return;
        try
        {
            _onnx = OnnxEmbedder.Open(options.Onnx);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidOperationException($"The configuration is wrong:\nSlipway:Retrieval:Embedding:Onnx:Path: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public bool IsFitted => _options.Embedder == EmbeddingOptions.LsaName;

    /// <inheritdoc />
    public string Identity => _options.Embedder switch
    {
        EmbeddingOptions.OnnxName => _onnx!.Version,
        EmbeddingOptions.OpenAiName => BrokerEmbedder.IdentityOf(_options.OpenAi),
        _ => EmbeddingOptions.LsaName,
    };

    /// <inheritdoc />
    public async Task<ConfiguredEmbedder> GetAsync(CancellationToken cancellationToken)
    {
        if (_onnx is not null) return new ConfiguredEmbedder(_onnx, Identity, new EmbedderSpec(EmbeddingOptions.OnnxName, Onnx: _options.Onnx with { Path = Path.GetFullPath(_options.Onnx.Path) }));
        if (_options.Embedder != EmbeddingOptions.OpenAiName) throw new InvalidOperationException("The configured embedder is fitted on each corpus.");
        var embedder = _openAi ??= new BrokerEmbedder(_broker, _options.OpenAi, await BrokerEmbedder.LearnDimensionsAsync(_broker, _options.OpenAi, cancellationToken), _time);
        return new ConfiguredEmbedder(embedder, Identity, new EmbedderSpec(EmbeddingOptions.OpenAiName, embedder.Dimensions, OpenAi: _options.OpenAi));
    }

    /// <inheritdoc />
    public IEmbedder? Reopen(GenerationRow generation)
    {
        EmbedderSpec spec;
        try
        {
            spec = EmbedderSpec.FromJson(generation.Spec);
        }
        catch (JsonException exception)
        {
            return new UnavailableEmbedder(generation.Version, $"How the embedder {generation.Version} is had again is not readable: {exception.Message}");
        }

        if (spec.Embedder == EmbeddingOptions.LsaName) return LsaFile.Load(_paths.Model(generation.Number)) is { } model && model.Version == generation.Version ? model : null;
        if (_onnx?.Version == generation.Version) return _onnx;
        // Corpora share it: a model of another folder takes its memory once.
        return _reopened.GetOrAdd(generation.Version, (version, wanted) => new Lazy<IEmbedder>(() => Reopen(version, wanted)), spec).Value;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _onnx?.Dispose();
        foreach (var embedder in _reopened.Values.Where(embedder => embedder.IsValueCreated).Select(embedder => embedder.Value).OfType<IDisposable>()) embedder.Dispose();
    }

    private IEmbedder Reopen(string version, EmbedderSpec spec)
    {
        if (spec is { Embedder: EmbeddingOptions.OpenAiName, OpenAi: { } openAi })
        {
            // How it is called may have changed; which vectors it makes has not.
            var options = _options.OpenAi with { Model = openAi.Model, Dimensions = openAi.Dimensions, QueryPrefix = openAi.QueryPrefix, DocumentPrefix = openAi.DocumentPrefix };
            return new BrokerEmbedder(_broker, options, spec.Dimensions, _time);
        }

        if (spec is not { Embedder: EmbeddingOptions.OnnxName, Onnx: { } onnx })
            return new UnavailableEmbedder(version, $"The embedder {version} is of the kind '{spec.Embedder}', which this version does not know.");
        try
        {
            var embedder = OnnxEmbedder.Open(onnx with { Threads = _options.Onnx.Threads });
            if (embedder.Version == version) return embedder;
            embedder.Dispose();
            return new UnavailableEmbedder(version, $"The folder '{onnx.Path}' no longer holds the embedder {version}.");
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return new UnavailableEmbedder(version, $"The embedder {version} cannot be loaded: {exception.Message}");
        }
    }
}
