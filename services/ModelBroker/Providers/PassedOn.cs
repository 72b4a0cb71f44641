using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Providers.Native;

namespace Slipway.ModelBroker.Providers;

/// <summary>The fields of a request that Slipway does not know, and passes on to OpenAI-compatible providers as the caller wrote them.</summary>
internal static class PassedOn
{
    /// <summary>What the broker itself says to the provider.</summary>
    private static readonly HashSet<string> Own = new(StringComparer.Ordinal)
    {
        "model", "messages", "stream", "stream_options", "n", "temperature", "top_p", "frequency_penalty", "presence_penalty", "max_tokens", "max_completion_tokens", "seed", "stop", "user", "tools",
        "tool_choice", "response_format", "logprobs", "top_logprobs",
    };

    /// <exception cref="Models.ModelException">What is to be passed on is no object.</exception>
    public static IEnumerable<(string Name, JsonElement Value)> Fields(CompleteRequest request) =>
        JsonText.Parse(request.ExtraJson, "extra_json", JsonValueKind.Object) is not { } fields
            ? []
            : fields.EnumerateObject().Where(field => !Own.Contains(field.Name) && field.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')).Select(field => (field.Name, field.Value));
}
