using Grpc.Core;
using Slipway.Contracts;
using Slipway.Prompts.Rendering;
using Slipway.Prompts.Templates;
using Slipway.Tokens;

namespace Slipway.Prompts.Api;

/// <summary>Translates between gRPC and <see cref="PromptRenderer"/>.</summary>
internal sealed class PromptGrpcService(PromptLibrary library) : PromptService.PromptServiceBase
{
    private static readonly HashSet<string> Roles = ["system", "developer", "user", "assistant", "tool"];

    /// <inheritdoc />
    public override Task<RenderResponse> Render(RenderRequest request, ServerCallContext context)
    {
        var template = library.Find(request.Name, request.Version) ?? throw NotFound(request).ToException();
        if (request.MaxPromptTokens < 1) throw ServiceError.Invalid("max_prompt_tokens", "max_prompt_tokens must be 1 or more.").ToException();
        if (!TokenCounter.TryGet(request.Tokenizer, out var counter))
            throw ServiceError.Invalid("tokenizer", $"There is no tokenizer '{request.Tokenizer}'; known: {string.Join(", ", TokenCounter.Names)}.").ToException();
        if (request.Conversation.FirstOrDefault(turn => !Roles.Contains(turn.Role)) is { } stranger)
            throw ServiceError.Invalid("conversation", $"'{stranger.Role}' is not a role; known: {string.Join(", ", Roles)}.").ToException();

        try
        {
            var inputs = new RenderInputs(request.Question, request.Conversation, request.Passages, request.Variables, request.MaxPromptTokens);
            var prompt = PromptRenderer.Render(template, inputs, counter);
            var response = new RenderResponse { PromptTokens = prompt.Tokens, Name = template.Name, Version = template.Version.Text, Checksum = template.Checksum };
            response.Messages.AddRange(prompt.Messages);
            response.Included.AddRange(prompt.Included);
            return Task.FromResult(response);
        }
        catch (PromptException exception)
        {
            throw ServiceError.Invalid(exception.Param, exception.Message, exception.Code).ToException();
        }
    }

    /// <inheritdoc />
    public override Task<ListPromptsResponse> ListPrompts(ListPromptsRequest request, ServerCallContext context)
    {
        var response = new ListPromptsResponse();
        response.Prompts.AddRange(library.All.Select(template => new PromptInfo
        {
            Name = template.Name,
            Version = template.Version.Text,
            Description = template.Description,
            Checksum = template.Checksum,
        }));
        return Task.FromResult(response);
    }

    private static ServiceError NotFound(RenderRequest request) => ServiceError.NotFound(
        "prompt_not_found", request.Version.Length == 0 ? $"There is no prompt '{request.Name}'." : $"There is no prompt '{request.Name}' version '{request.Version}'.", "name");
}
