using System.Buffers;
using System.Text;
using System.Text.Json;
using Slipway.Assistant.Http;

namespace Slipway.Assistant.OpenAi;

/// <summary>The fields of a chat completion request that Slipway does not know: a provider may.</summary>
internal static class ExtraFields
{
    private const int MaxNameLength = 64;

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "model", "messages", "n", "logprobs", "stream", "stream_options", "temperature", "top_p", "frequency_penalty", "presence_penalty", "max_completion_tokens", "max_tokens", "seed", "stop", "user",
        "tools", "tool_choice", "response_format",
    };

    /// <summary>The object of the unknown fields as JSON; empty when there are none.</summary>
    public static string Read(JsonElement json)
    {
        if (!json.EnumerateObject().Any(IsExtra)) return "";
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var field in json.EnumerateObject().Where(IsExtra))
            {
                if (field.Name.Length is 0 or > MaxNameLength || !field.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
                    throw JsonFields.Invalid(null, "A field's name has 1 to 64 letters, digits, '_' and '-'.");
                field.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static bool IsExtra(JsonProperty field) => !Known.Contains(field.Name) && field.Value.ValueKind != JsonValueKind.Null;
}
