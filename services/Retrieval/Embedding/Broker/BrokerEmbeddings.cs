using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Retrieval.Embedding.Broker;

/// <summary>Calls of the model broker's <c>Embed</c>, with what can go wrong told apart and every answer checked.</summary>
internal sealed class BrokerEmbeddings(ModelBrokerService.ModelBrokerServiceClient broker, TimeProvider time)
{
    /// <summary>Whose calls these are, in the broker's figures: a call can hold questions of several tenants.</summary>
    private const string Caller = "slipway-retrieval";

    /// <summary>A provider that wants a longer pause than this is left to the indexer's own.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Random _chance = new(1);

    /// <summary>Embeds texts in one call, and tries again up to <paramref name="retries"/> times while the broker or the provider is away.</summary>
    /// <param name="options">The model, and how it is called.</param>
    /// <param name="dimensions">The dimensions that every vector must have; 0 when they are not known yet.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="retries">How often it is tried again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EmbedderException">It failed, or the answer cannot be used.</exception>
    public async Task<IReadOnlyList<float[]>> EmbedAsync(OpenAiOptions options, int dimensions, IReadOnlyList<string> texts, int retries, CancellationToken cancellationToken)
    {
        var request = new EmbeddingsRequest { Tenant = Caller, RequestId = Caller, Model = options.Model };
        request.Texts.AddRange(texts);
        if (options.Dimensions > 0) request.Dimensions = options.Dimensions;
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan pause;
            try
            {
                var deadline = (time.GetUtcNow() + TimeSpan.FromMilliseconds(options.TimeoutMs)).UtcDateTime;
                return Check(await broker.EmbedAsync(request, deadline: deadline, cancellationToken: cancellationToken), options, dimensions, texts.Count);
            }
            catch (RpcException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (RpcException exception)
            {
                var error = ServiceError.From(exception);
                var failure = Failure(exception, error, options.Model);
                pause = PauseBefore(attempt, options, error?.RetryAfter);
                if (failure.Fault != EmbedderFault.Unavailable || attempt >= retries || pause > LongestPause) throw failure;
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private static EmbedderException Failure(RpcException exception, ServiceError? error, string model)
    {
        var what = error?.Code ?? exception.StatusCode.ToString();
        var refused = what is "content_filter" or "context_length_exceeded" || (exception.StatusCode == StatusCode.InvalidArgument);
        return refused
            ? new EmbedderException(EmbedderFault.Refused, $"The embedding model '{model}' refused the texts ({what}).", exception)
            : new EmbedderException(EmbedderFault.Unavailable, $"The embedding model '{model}' could not be had ({what}).", exception);
    }

    private static IReadOnlyList<float[]> Check(EmbeddingsResponse response, OpenAiOptions options, int dimensions, int texts)
    {
        if (response.Vectors.Count != texts) throw Unusable($"{response.Vectors.Count} vectors for {texts} texts");
        if (dimensions == 0) dimensions = options.Dimensions > 0 ? options.Dimensions : response.Vectors[0].Values.Count;
        var vectors = new float[texts][];
        for (var i = 0; i < texts; i++)
        {
            vectors[i] = [.. response.Vectors[i].Values];
            if (vectors[i].Length != dimensions || dimensions == 0) throw Unusable($"a vector of {vectors[i].Length} dimensions where {dimensions} are expected");
            if (vectors[i].AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw Unusable("a vector with a value that is not a finite number");
            if (!LsaModel.Normalize(vectors[i])) throw Unusable("a vector of length 0");
        }

        return vectors;

        EmbedderException Unusable(string what) => new(EmbedderFault.Unusable, $"The embedding model '{options.Model}' sent {what}.");
    }

    private TimeSpan PauseBefore(int attempt, OpenAiOptions options, TimeSpan? wanted)
    {
        double chance;
        lock (_gate) chance = _chance.NextDouble();
        var pause = TimeSpan.FromMilliseconds(options.RetryMs * Math.Pow(2, attempt) * (1 + (chance / 2)));
        return wanted > pause ? wanted.Value : pause;
    }
}
