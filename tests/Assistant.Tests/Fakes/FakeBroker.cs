using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Fakes;

/// <summary>Two models of a provider and the one that quotes; each method can be replaced.</summary>
public sealed class FakeBroker : ModelBrokerService.ModelBrokerServiceBase
{
    public const string Text = "A release is rolled back with the rollback command [1].";

    public Calls<CompleteRequest> Completes { get; } = new();

    public Calls<CompleteRequest> Streams { get; } = new();

    public Calls<EmbeddingsRequest> Embeds { get; } = new();

    public Calls<ClassifyRequest> Classifies { get; } = new();

    public Func<CompleteRequest, ServerCallContext, Task<CompleteResponse>>? OnComplete { get; set; }

    public Func<CompleteRequest, IServerStreamWriter<CompleteEvent>, ServerCallContext, Task>? OnStream { get; set; }

    public Func<EmbeddingsRequest, ServerCallContext, Task<EmbeddingsResponse>>? OnEmbed { get; set; }

    public Func<ClassifyRequest, ServerCallContext, Task<ClassifyResponse>>? OnClassify { get; set; }

    public Func<ListModelsResponse>? OnListModels { get; set; }

    public static CompleteResponse Completed(CompleteRequest request, string text = Text) => new()
    {
        Id = "upstream-1",
        Model = request.Model,
        Provider = request.Model == "extractive" ? "extractive" : "sim",
        ProviderModel = request.Model + "-2026",
        Fingerprint = "fp_1",
        Text = text,
        FinishReason = "stop",
        Usage = new Usage { PromptTokens = 42, CompletionTokens = 12 },
        CostUsd = 0.0125,
    };

    public static ListModelsResponse Catalog() => new()
    {
        Version = "m1",
        Models =
        {
            new ModelInfo { Name = "first", Provider = "sim", Mode = "chat", ContextWindow = 8192, MaxOutputTokens = 1024, Tokenizer = "o200k_base", Created = 1_700_000_000 },
            new ModelInfo { Name = "second", Provider = "sim", Mode = "chat", ContextWindow = 4096, MaxOutputTokens = 1024, Tokenizer = "cl100k_base" },
            new ModelInfo { Name = "extractive", Provider = "extractive", Mode = "chat", ContextWindow = 16384, MaxOutputTokens = 1024, Tokenizer = "o200k_base" },
            new ModelInfo { Name = "vendor/slashed", Provider = "sim", Mode = "chat", ContextWindow = 8192, Tokenizer = "o200k_base" },
            new ModelInfo { Name = "embedder", Provider = "sim", Mode = "embedding" },
        },
        Aliases = { new ModelAlias { Name = "chat", Models = { "first", "second" } } },
    };

    /// <summary>The events of a whole stream.</summary>
    public static async Task WriteAsync(CompleteRequest request, IServerStreamWriter<CompleteEvent> events, ServerCallContext context, params string[] pieces)
    {
        foreach (var piece in pieces) await events.WriteAsync(new CompleteEvent { Text = piece }, context.CancellationToken);
        await events.WriteAsync(new CompleteEvent { Completed = Completed(request, "") }, context.CancellationToken);
    }

    public void Reset()
    {
        OnComplete = null;
        OnStream = null;
        OnEmbed = null;
        OnClassify = null;
        OnListModels = null;
        Completes.Clear();
        Streams.Clear();
        Embeds.Clear();
        Classifies.Clear();
    }

    public override Task<CompleteResponse> Complete(CompleteRequest request, ServerCallContext context)
    {
        Completes.Add(request, context);
        return InTurnAsync(request, (asked, _) => OnComplete?.Invoke(asked, context) ?? Task.FromResult(Completed(asked)));
    }

    public override Task CompleteStream(CompleteRequest request, IServerStreamWriter<CompleteEvent> events, ServerCallContext context)
    {
        Streams.Add(request, context);
        return InTurnAsync(request, async (asked, instead) =>
        {
            if (OnStream is null) await WriteAsync(asked, events, context, "A release is rolled ", "back with the roll", "back command [", "1", "].");
            else await OnStream(asked, instead ? new NamingWriter(events, asked.Model) : events, context);
            return true;
        });
    }

    /// <summary>As the broker does it: the next model when one fails at once, but for a refusal of the request itself.</summary>
    private static async Task<T> InTurnAsync<T>(CompleteRequest request, Func<CompleteRequest, bool, Task<T>> ask)
    {
        string[] models = [request.Model, .. request.Fallbacks];
        for (var i = 0; ; i++)
        {
            var asked = request.Clone();
            asked.Model = models[i];
            try
            {
                return await ask(asked, i > 0);
            }
            catch (RpcException exception) when (i < models.Length - 1 && exception.StatusCode != StatusCode.InvalidArgument)
            {
            }
        }
    }

    /// <summary>Names the model that answers instead before its first text.</summary>
    private sealed class NamingWriter(IServerStreamWriter<CompleteEvent> inner, string model) : IServerStreamWriter<CompleteEvent>
    {
        private bool _named;

        public WriteOptions? WriteOptions { get => inner.WriteOptions; set => inner.WriteOptions = value; }

        public Task WriteAsync(CompleteEvent message) => WriteAsync(message, CancellationToken.None);

        public async Task WriteAsync(CompleteEvent message, CancellationToken cancellationToken)
        {
            if (!_named) await inner.WriteAsync(new CompleteEvent { Model = model }, cancellationToken);
            _named = true;
            await inner.WriteAsync(message, cancellationToken);
        }
    }

    public override Task<EmbeddingsResponse> Embed(EmbeddingsRequest request, ServerCallContext context)
    {
        Embeds.Add(request, context);
        if (OnEmbed is { } embed) return embed(request, context);
        var reply = new EmbeddingsResponse { Model = request.Model, Usage = new Usage { PromptTokens = 7 }, CostUsd = 0.001 };
        reply.Vectors.AddRange(request.Texts.Select((_, index) => new Vector { Values = { index, 1.5f } }));
        return Task.FromResult(reply);
    }

    /// <summary>Each text gets the last label.</summary>
    public override Task<ClassifyResponse> Classify(ClassifyRequest request, ServerCallContext context)
    {
        Classifies.Add(request, context);
        if (OnClassify is { } classify) return classify(request, context);
        var reply = new ClassifyResponse { Model = request.Model.Length > 0 ? request.Model : "second", Provider = "sim", Usage = new Usage { PromptTokens = 30, CompletionTokens = 5 }, CostUsd = 0.002 };
        reply.Labels.AddRange(request.Texts.Select(_ => request.Labels[^1]));
        return Task.FromResult(reply);
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) => Task.FromResult(OnListModels?.Invoke() ?? Catalog());
}
