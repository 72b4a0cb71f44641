using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Retrieval.Embedding.Broker;

/// <summary>An embedding model of the model broker. Questions that come at about the same time share a call; passages are sent in batches, and tried again.</summary>
internal sealed class BrokerEmbedder : IEmbedder
{
    private readonly BrokerEmbeddings _broker;
    private readonly OpenAiOptions _options;
    private readonly MicroBatcher _questions;

    /// <param name="broker">The broker.</param>
    /// <param name="options">The model, and how it is called.</param>
    /// <param name="dimensions">The dimensions of its vectors.</param>
    /// <param name="time">The clock.</param>
    public BrokerEmbedder(BrokerEmbeddings broker, OpenAiOptions options, int dimensions, TimeProvider time)
    {
        (_broker, _options, Dimensions) = (broker, options, dimensions);
        Version = string.Create(CultureInfo.InvariantCulture, $"openai-{options.Model}-{dimensions}{PrefixesOf(options)}");
        _questions = new MicroBatcher(
            (texts, cancellationToken) => broker.EmbedAsync(options, dimensions, texts, retries: 0, cancellationToken), TimeSpan.FromMilliseconds(options.GatherMs), options.BatchTexts, time);
    }

    /// <inheritdoc />
    public string Version { get; }

    /// <inheritdoc />
    public int Dimensions { get; }

    /// <summary>What tells a configured model from another before its dimensions are known.</summary>
    public static string IdentityOf(OpenAiOptions options) =>
        string.Create(CultureInfo.InvariantCulture, $"openai-{options.Model}{(options.Dimensions > 0 ? $"-{options.Dimensions}" : "")}{PrefixesOf(options)}");

    /// <summary>Asks the model for the dimensions of its vectors.</summary>
    /// <exception cref="EmbedderException">It could not be asked.</exception>
    public static async Task<int> LearnDimensionsAsync(BrokerEmbeddings broker, OpenAiOptions options, CancellationToken cancellationToken) =>
        options.Dimensions > 0 ? options.Dimensions : (await broker.EmbedAsync(options, 0, ["a"], options.Retries, cancellationToken))[0].Length;

    /// <inheritdoc />
    public async ValueTask EmbedAsync(IReadOnlyList<string> texts, EmbeddingUse use, Memory<float> destination, CancellationToken cancellationToken)
    {
        destination.Span[..(texts.Count * Dimensions)].Clear();
        var wanted = Enumerable.Range(0, texts.Count).Where(i => !string.IsNullOrWhiteSpace(texts[i])).ToList();
        if (use == EmbeddingUse.Query)
        {
            var vectors = await Task.WhenAll(wanted.Select(i => _questions.EmbedAsync(_options.QueryPrefix + texts[i], cancellationToken)));
            for (var i = 0; i < vectors.Length; i++) vectors[i].CopyTo(destination.Span[(wanted[i] * Dimensions)..]);
            return;
        }

        foreach (var batch in wanted.Chunk(_options.BatchTexts))
        {
            var vectors = await _broker.EmbedAsync(_options, Dimensions, [.. batch.Select(i => _options.DocumentPrefix + texts[i])], _options.Retries, cancellationToken);
            for (var i = 0; i < batch.Length; i++) vectors[i].CopyTo(destination.Span[(batch[i] * Dimensions)..]);
        }
    }

    /// <summary>6 hex digits of the prefixes, where there are any: they change every vector.</summary>
    private static string PrefixesOf(OpenAiOptions options) => options.QueryPrefix.Length + options.DocumentPrefix.Length == 0 ? ""
        : "-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{options.QueryPrefix}\0{options.DocumentPrefix}")))[..6];
}
