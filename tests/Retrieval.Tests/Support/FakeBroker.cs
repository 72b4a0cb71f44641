using System.Collections.Concurrent;
using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>The model broker's client without a broker: the vector of a text is the sum of those of its words, which are drawn from their hashes. It fails as it is told to.</summary>
internal sealed class FakeBroker(int dimensions = 32) : ModelBrokerService.ModelBrokerServiceClient
{
    /// <summary>The calls that were made.</summary>
    public ConcurrentQueue<EmbeddingsRequest> Calls { get; } = new();

    /// <summary>Looked at before each answer: what it returns is thrown, else nothing happens. May wait.</summary>
    public Func<EmbeddingsRequest, CancellationToken, Task<ServiceError?>> Before { get; set; } = (_, _) => Task.FromResult<ServiceError?>(null);

    /// <summary>Changes an answer.</summary>
    public Action<EmbeddingsResponse> Change { get; set; } = _ => { };

    public static ServiceError Away { get; } = new(StatusCode.Unavailable, "upstream_unavailable", "The provider is away.");

    public static ServiceError Refused { get; } = new(StatusCode.InvalidArgument, "content_filter", "The provider refuses that.");

    public override AsyncUnaryCall<EmbeddingsResponse> EmbedAsync(EmbeddingsRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
    {
        Calls.Enqueue(request);
        return new AsyncUnaryCall<EmbeddingsResponse>(AnswerAsync(request, cancellationToken), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
    }

    private async Task<EmbeddingsResponse> AnswerAsync(EmbeddingsRequest request, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (await Before(request, cancellationToken) is { } error) throw error.ToException();
        var response = new EmbeddingsResponse { Model = request.Model };
        response.Vectors.AddRange(request.Texts.Select(text => VectorOf(request.Model + text, request.HasDimensions ? request.Dimensions : dimensions)));
        Change(response);
        return response;
    }

    private static Vector VectorOf(string text, int dimensions)
    {
        var values = new float[dimensions];
        foreach (var word in text.ToLowerInvariant().Split([' ', '\n', '.', ',', '#', ';'], StringSplitOptions.RemoveEmptyEntries))
        {
            var seed = word.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter));
            var random = new Random(seed);
            for (var i = 0; i < dimensions; i++) values[i] += (float)((random.NextDouble() * 2) - 1);
        }

        values[0] += 1e-3f;
        var vector = new Vector();
        vector.Values.AddRange(values);
        return vector;
    }
}
