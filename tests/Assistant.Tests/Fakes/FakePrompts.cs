using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Fakes;

/// <summary>A prompt of two messages that includes every passage; can be replaced.</summary>
public sealed class FakePrompts : PromptService.PromptServiceBase
{
    public Calls<RenderRequest> Renders { get; } = new();

    public Func<RenderRequest, ServerCallContext, Task<RenderResponse>>? OnRender { get; set; }

    public static RenderResponse Rendered(RenderRequest request, params int[] included)
    {
        var reply = new RenderResponse { Name = request.Name, Version = "7", PromptTokens = 42, Checksum = "0123456789ab" };
        reply.Messages.Add(new ChatMessage { Role = "system", Content = "Answer from the passages." });
        reply.Messages.AddRange(request.Conversation);
        reply.Messages.Add(new ChatMessage { Role = "user", Content = request.Question });
        reply.Included.AddRange(included);
        return reply;
    }

    public void Reset()
    {
        OnRender = null;
        Renders.Clear();
    }

    public override Task<RenderResponse> Render(RenderRequest request, ServerCallContext context)
    {
        Renders.Add(request, context);
        return OnRender?.Invoke(request, context) ?? Task.FromResult(Rendered(request, [.. Enumerable.Range(0, request.Passages.Count)]));
    }
}
