using Grpc.Core;
using Slipway.Contracts;
using Slipway.ProviderContract;

namespace Slipway.ModelBroker.Tests.Support;

/// <summary>The broker, as the contract suite asks it.</summary>
internal sealed class BrokerTarget(ProviderSetup setup) : IContractTarget
{
    /// <summary>A broker waits for a provider that asks for it, as long as its caller does.</summary>
    private static DateTime Deadline => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30);

    public string Model => "sim";

    public string? EmbeddingModel => setup.HasEmbeddings ? "sim-embedding" : null;

    public int? ContextWindow => 131_072;

    public string? Failing(string fault) => ProviderSetup.Failing(fault);

    public Task? ProviderSawLeavingAsync(CancellationToken cancellationToken) =>
        setup.Sim.Log.WaitForAsync(entries => entries.Any(entry => entry is { Fault: "stall", Outcome: "cancelled" }), cancellationToken);

    public async Task<ContractReply> ChatAsync(ContractChat chat, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await setup.Broker.Client.CompleteAsync(Request(chat), deadline: Deadline, cancellationToken: cancellationToken);
            return Reply(reply, reply.Text, reply.ToolCallsJson.Length == 0 ? [] : [reply.ToolCallsJson]);
        }
        catch (RpcException exception)
        {
            throw Refusal(exception);
        }
    }

    public async Task<ContractReply> StreamAsync(ContractChat chat, Action<string> piece, CancellationToken cancellationToken)
    {
        var (text, calls) = ("", new List<string>());
        try
        {
            using var call = setup.Broker.Client.CompleteStream(Request(chat), deadline: Deadline, cancellationToken: cancellationToken);
            await foreach (var item in call.ResponseStream.ReadAllAsync(CancellationToken.None))
            {
                if (item.Completed is { } completed) return Reply(completed, text, calls);
                if (item.ToolCallsDeltaJson.Length > 0) calls.Add(item.ToolCallsDeltaJson);
                text += item.Text;
                if (item.Text.Length > 0) piece(item.Text);
            }
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Refusal(exception);
        }

        throw new ContractRefusalException("no_completed_event", "The stream ended without its completed event.");
    }

    public async Task<IReadOnlyList<IReadOnlyList<float>>> EmbedAsync(IReadOnlyList<string> texts, int? dimensions, CancellationToken cancellationToken)
    {
        var request = new EmbeddingsRequest { Tenant = "dev", RequestId = "r1", Model = EmbeddingModel, Texts = { texts } };
        if (dimensions is { } wanted) request.Dimensions = wanted;
        try
        {
            return [.. (await setup.Broker.Client.EmbedAsync(request, deadline: Deadline, cancellationToken: cancellationToken)).Vectors.Select(vector => vector.Values)];
        }
        catch (RpcException exception)
        {
            throw Refusal(exception);
        }
    }

    private CompleteRequest Request(ContractChat chat)
    {
        var request = new CompleteRequest { Tenant = "dev", RequestId = "r1", Model = chat.Model ?? Model, ToolsJson = chat.ToolsJson ?? "", ToolChoiceJson = chat.ToolChoiceJson ?? "", ResponseFormatJson = chat.ResponseFormatJson ?? "" };
        request.Messages.AddRange(chat.Messages.Select(message => new ChatMessage { Role = message.Role, Content = message.Content, ToolCallsJson = message.ToolCallsJson ?? "", ToolCallId = message.ToolCallId ?? "" }));
        request.Stop.AddRange(chat.Stop);
        if (chat.MaxTokens is { } limit) request.MaxOutputTokens = limit;
        if (chat.Temperature is { } temperature) request.Temperature = temperature;
        if (chat.Seed is { } seed) request.Seed = seed;
        return request;
    }

    private static ContractReply Reply(CompleteResponse response, string text, IReadOnlyList<string> calls) => new(
        text, response.FinishReason, response.ProviderModel, response.Fingerprint, response.Usage.Estimated ? null : response.Usage.PromptTokens, response.Usage.Estimated ? null : response.Usage.CompletionTokens,
        ToolCallDeltas.Join(calls));

    private static ContractRefusalException Refusal(RpcException exception) =>
        ServiceError.From(exception) is { } error ? new ContractRefusalException(error.Code, error.Message, error.RetryAfter) : new ContractRefusalException(exception.StatusCode.ToString(), exception.Status.Detail);
}
