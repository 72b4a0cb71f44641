using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;
using ChatMessage = OpenAI.Chat.ChatMessage;

namespace Slipway.Assistant.Tests.OpenAi;

/// <summary>The surface as OpenAI's own .NET client sees it.</summary>
public sealed class OpenAiClientTests : AssistantTest, IClassFixture<AssistantFixture>, IDisposable
{
    private readonly HttpClient _http;
    private readonly OpenAIClient _client;

    public OpenAiClientTests(AssistantFixture fixture)
        : base(fixture)
    {
        _http = new HttpClient();
        _http.DefaultRequestHeaders.Add(SlipwayHeaders.InternalKey, Testing.WellKnown.InternalKey);
        _http.DefaultRequestHeaders.Add(SlipwayHeaders.Tenant, Tenant);
        _http.DefaultRequestHeaders.Add(SlipwayHeaders.RequestId, RequestId);
        _client = new OpenAIClient(new ApiKeyCredential("sk-slipway-dev"), new OpenAIClientOptions
        {
            Endpoint = new Uri(Host.Address, "v1"),
            Transport = new HttpClientPipelineTransport(_http),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        });
    }

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_completion_has_text_usage_and_finish_reason()
    {
        ChatCompletion completion = await _client.GetChatClient("assistant").CompleteChatAsync([ChatMessage.CreateUserMessage(Question)], cancellationToken: Cancellation);

        Assert.Equal(FakeBroker.Text, completion.Content.Single().Text);
        Assert.Equal((ChatFinishReason.Stop, "assistant", "chatcmpl-" + RequestId), (completion.FinishReason, completion.Model, completion.Id));
        Assert.Equal((42, 12, 54), (completion.Usage.InputTokenCount, completion.Usage.OutputTokenCount, completion.Usage.TotalTokenCount));
#pragma warning disable OPENAI001 // Annotations are experimental in the client: where they go, this test is to notice.
        Assert.Equal("slipway://documents/doc-1", completion.Annotations.Single().WebResourceUri.ToString());
#pragma warning restore OPENAI001
    }

    [Fact]
    public async Task A_stream_has_text_finish_reason_and_usage()
    {
        var text = "";
        ChatFinishReason? reason = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in _client.GetChatClient("assistant").CompleteChatStreamingAsync([ChatMessage.CreateUserMessage(Question)], cancellationToken: Cancellation))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            reason ??= update.FinishReason;
            usage ??= update.Usage;
        }

        Assert.Equal((FakeBroker.Text, ChatFinishReason.Stop), (text, reason));
        // The client always asks for the usage.
        Assert.Equal((42, 12), (usage!.InputTokenCount, usage.OutputTokenCount));
    }

    [Fact]
    public async Task A_model_of_the_catalog_calls_tools()
    {
        Peers.Broker.OnComplete = (request, _) =>
        {
            var reply = FakeBroker.Completed(request, "");
            reply.FinishReason = "tool_calls";
            reply.ToolCallsJson = """[{"id":"call_1","type":"function","function":{"name":"now","arguments":"{}"}}]""";
            return Task.FromResult(reply);
        };
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("now") } };

        ChatCompletion completion = await _client.GetChatClient("first").CompleteChatAsync([ChatMessage.CreateUserMessage("What time is it?")], options, Cancellation);

        Assert.Equal((ChatFinishReason.ToolCalls, "now"), (completion.FinishReason, completion.ToolCalls.Single().FunctionName));
        Assert.Contains("now", Peers.Broker.Completes.Requests.Single().ToolsJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_is_the_clients_exception_with_its_status_and_message()
    {
        var exception = await Assert.ThrowsAsync<ClientResultException>(
            () => _client.GetChatClient("nobody").CompleteChatAsync([ChatMessage.CreateUserMessage("Hi")], cancellationToken: Cancellation));

        Assert.Equal(404, exception.Status);
        Assert.Contains("model_not_found", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_come_as_the_client_asks_for_them()
    {
        OpenAIEmbeddingCollection embeddings = await _client.GetEmbeddingClient("assistant").GenerateEmbeddingsAsync(["one", "two"], cancellationToken: Cancellation);

        Assert.Equal([1f, 0.5f, -0.25f], embeddings[1].ToFloats().ToArray());
    }

    [Fact]
    public async Task The_models_are_listed()
    {
        var models = await _client.GetOpenAIModelClient().GetModelsAsync(Cancellation);

        Assert.Equal(["assistant", "first", "second", "extractive", "vendor/slashed", "embedder", "chat"], models.Value.Select(model => model.Id));
    }
}
