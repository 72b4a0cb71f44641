using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Slipway.Contracts;

namespace Slipway.ModelBroker.Telemetry;

/// <summary>
/// Prompts and answers on the spans of chats, as <c>gen_ai.input.messages</c> and <c>gen_ai.output.messages</c> in the form of OpenTelemetry's GenAI conventions: only where
/// the variable <c>OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT</c> is true.
/// </summary>
internal static class GenAiContent
{
    /// <summary>Whether they are recorded.</summary>
    public static bool IsCaptured { get; set; } = bool.TryParse(Environment.GetEnvironmentVariable("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"), out var captured) && captured;

    /// <summary>Records what is asked.</summary>
    public static void Ask(Activity? span, CompleteRequest request)
    {
        if (IsCaptured && span is { IsAllDataRequested: true }) span.SetTag("gen_ai.input.messages", Json(request.Messages.Select(message => (message.Role, message.Content, ""))));
    }

    /// <summary>Records what is answered.</summary>
    public static void Answer(Activity? span, string text, string finishReason)
    {
        if (IsCaptured && span is { IsAllDataRequested: true }) span.SetTag("gen_ai.output.messages", Json([("assistant", text, finishReason)]));
    }

    private static string Json(IEnumerable<(string Role, string Text, string FinishReason)> messages)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var (role, text, finishReason) in messages)
            {
                json.WriteStartObject();
                json.WriteString("role", role);
                json.WriteStartArray("parts");
                json.WriteStartObject();
                json.WriteString("type", "text");
                json.WriteString("content", text);
                json.WriteEndObject();
                json.WriteEndArray();
                if (finishReason.Length > 0) json.WriteString("finish_reason", finishReason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
