using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.RequestPath;

/// <summary>Builds the prompt. Without the prompts service there is none, and the passages alone must do (<c>prompt=bypassed</c>).</summary>
internal sealed class PromptStage(PromptService.PromptServiceClient client)
{
    /// <summary>Text with more characters than this for each token of the window is too long in any language; English has about 4.</summary>
    private const int CharactersPerToken = 8;

    /// <exception cref="RpcException">The request itself is refused, for example because it is longer than the context window.</exception>
    /// <exception cref="ApiException">The request is so long that the prompt could not be built in time.</exception>
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
            if (Length(question) > (long)request.MaxPromptTokens * CharactersPerToken)
            {
                // No prompt came because there is too much to count, and nobody must quote an answer to a question of a million tokens.
                throw new ApiException(ApiError.Invalid("messages", $"The messages are longer than the context window of {request.MaxPromptTokens} tokens.", "context_length_exceeded"));
            }

            run.Degrade(Stage.Prompt, "bypassed");
            return new Context(passages, Messages: null, Cited: passages, PromptTokens: 0);
        }
    }

    /// <summary>What cannot be left out: the question and the last turn before it.</summary>
    private static long Length(Question question) => question.Text.Length + (question.Conversation.Count > 0 ? question.Conversation[^1].Content.Length : 0);
}
