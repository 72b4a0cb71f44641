using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Contracts;

namespace Slipway.Assistant.RequestPath;

/// <summary>Builds the prompt. Without the prompts service there is none, and the passages alone must do (<c>prompt=bypassed</c>).</summary>
internal sealed class PromptStage(PromptService.PromptServiceClient client)
{
    /// <exception cref="RpcException">The request itself is refused, for example because it is longer than the context window.</exception>
    public async Task<Context> BuildAsync(Question question, ReleaseBinding binding, IReadOnlyList<Passage> passages, RequestRun run, CancellationToken cancellationToken)
    {
        var request = new RenderRequest
        {
            Name = binding.Release.Prompt,
            Version = binding.Release.PromptVersion,
            Question = question.Text,
            Tokenizer = binding.Tokenizer,
            MaxPromptTokens = binding.MaxPromptTokens(question.Sampling.MaxOutputTokens),
        };
        request.Conversation.AddRange(question.Conversation);
        foreach (var passage in passages)
        {
            request.Passages.Add(new PromptPassage
            {
                DocumentId = passage.DocumentId,
                ChunkId = passage.ChunkId,
                Title = passage.Title,
                Heading = passage.Heading,
                Text = passage.Text,
            });
        }

        try
        {
            var reply = await client.RenderAsync(request, deadline: run.CallDeadline(Stage.Prompt), cancellationToken: cancellationToken);
            return new Context(passages, reply.Messages, [.. reply.Included.Select(index => passages[index])], reply.PromptTokens);
        }
        catch (RpcException exception) when (exception.IsRecoverable() && !cancellationToken.IsCancellationRequested)
        {
            run.Degrade(Stage.Prompt, "bypassed");
            return new Context(passages, Messages: null, Cited: passages, PromptTokens: 0);
        }
    }
}
