using Slipway.ModelSim.Calls;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Chat;

/// <summary>The APIs of chats.</summary>
internal static class ChatApi
{
    /// <summary>OpenAI's <c>/v1/chat/completions</c>, Azure's two ways to it, Ollama's <c>/api/chat</c>, Anthropic's <c>/v1/messages</c>.</summary>
    public static WebApplication MapChatApi(this WebApplication app)
    {
        app.MapPost("/v1/chat/completions", (HttpContext http, ChatAnswers answers) => answers.HandleAsync(http, OpenAiFormat.Instance));
        app.MapPost("/openai/v1/chat/completions", (HttpContext http, ChatAnswers answers) => answers.HandleAsync(http, OpenAiFormat.Instance));
        app.MapPost("/openai/deployments/{deployment}/chat/completions", (HttpContext http, ChatAnswers answers, string deployment) =>
            http.Request.Query.ContainsKey("api-version")
                ? answers.HandleAsync(http, new AzureFormat(deployment))
                : SimCall.WriteErrorAsync(http.Response, new ApiError(404, "404", "Resource not found"), OpenAiErrorShape.Instance));
        app.MapPost("/api/chat", (HttpContext http, ChatAnswers answers) => answers.HandleAsync(http, OllamaFormat.Instance));
        app.MapPost("/v1/messages", (HttpContext http, ChatAnswers answers) =>
            http.Request.Headers.ContainsKey("anthropic-version")
                ? answers.HandleAsync(http, AnthropicFormat.Instance)
                : SimCall.WriteErrorAsync(http.Response, ApiError.Invalid(null, "anthropic-version: header is required"), AnthropicFormat.Instance));
        return app;
    }
}
