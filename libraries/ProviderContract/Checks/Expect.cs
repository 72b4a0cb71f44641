using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Slipway.ProviderContract.Checks;

/// <summary>A check cannot be made.</summary>
internal sealed class ContractSkipException(string why) : Exception(why);

/// <summary>A provider does not do what it should.</summary>
internal sealed class ContractFailedException(string why) : Exception(why);

internal static class Expect
{
    public static void That([DoesNotReturnIf(false)] bool holds, string otherwise)
    {
        if (!holds) throw new ContractFailedException(otherwise);
    }

    /// <summary>Text, finish reason and tokens of a whole answer.</summary>
    public static void IsAnswer(ContractReply reply, string finishReason = "stop")
    {
        That(reply.FinishReason == finishReason, $"The finish reason is '{reply.FinishReason}', not '{finishReason}'.");
        That(reply.PromptTokens > 0, $"The prompt's tokens are {reply.PromptTokens?.ToString() ?? "not reported"}.");
        That(reply.CompletionTokens > 0, $"The answer's tokens are {reply.CompletionTokens?.ToString() ?? "not reported"}.");
    }

    public static JsonElement Json(string text, string what)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new ContractFailedException($"{what} is no JSON: {exception.Message}");
        }
    }

    /// <summary>The refusal that a call ends with.</summary>
    public static async Task<ContractRefusalException> RefusalAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (ContractRefusalException refusal)
        {
            return refusal;
        }

        throw new ContractFailedException("The call was answered, not refused.");
    }
}
