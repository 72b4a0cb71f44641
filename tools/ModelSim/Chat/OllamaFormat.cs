using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Faults;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Chat;

/// <summary>Ollama's <c>POST /api/chat</c>: lines of JSON; a stream unless the request says otherwise; the last line carries the reason and the tokens.</summary>
internal sealed class OllamaFormat : IChatFormat
{
    public static readonly OllamaFormat Instance = new();

    public string StreamType => "application/x-ndjson";

    public ChatRequest Read(JsonElement json)
    {
        var messages = json.Messages();
        var options = json.Field("options") ?? default;
        var format = json.Field("format");
        return new ChatRequest(json.Model(), messages)
        {
            Stream = json.Field("stream") is not { ValueKind: JsonValueKind.False },
            IncludeUsage = true,
            Seed = options.Field("seed") is { } seeded && seeded.TryGetInt64Safe(out var value) ? value : null,
            MaxTokens = options.Field("num_predict") is { } limit && limit.TryGetInt64Safe(out var tokens) && tokens is > 0 and < int.MaxValue ? (int)tokens : null,
            Stop = options.Strings("stop"),
            WantsJson = format is { ValueKind: JsonValueKind.Object } || json.Text("format") == "json",
            Schema = format is { ValueKind: JsonValueKind.Object } ? format : null,
            Calls = ChatRequest.Chosen(OpenAiFormat.Tools(json), messages),
        };
    }

    public ReadOnlyMemory<byte> Error(ApiError error) => JsonSerializer.SerializeToUtf8Bytes(new { error = error.Message });

    public void Whole(IBufferWriter<byte> to, SimReply reply) => Line(to, reply, reply.Tool is null ? reply.Text : "", reply.Tool is null ? null : reply.Text, done: reply.FinishReason is not null);

    public void Start(IBufferWriter<byte> to, SimReply reply)
    {
    }

    public void Piece(IBufferWriter<byte> to, SimReply reply, string piece)
    {
        if (reply.Tool is not null) return;
        Line(to, reply, piece, arguments: null, done: false);
        to.Write("\n"u8);
    }

    public void Finish(IBufferWriter<byte> to, SimReply reply)
    {
        if (reply.Tool is not null)
        {
            Line(to, reply, "", reply.Text, done: false);
            to.Write("\n"u8);
        }

        Line(to, reply, "", arguments: null, done: true);
        to.Write("\n"u8);
    }

    public void Done(IBufferWriter<byte> to)
    {
    }

    public void Malformed(IBufferWriter<byte> to) => to.Write("{\"model\":\"sim\",\"messa\n"u8);

    public void ErrorEvent(IBufferWriter<byte> to)
    {
        to.Write(Error(Refusals.InBand).Span);
        to.Write("\n"u8);
    }

    private static void Line(IBufferWriter<byte> to, SimReply reply, string text, string? arguments, bool done)
    {
        using var json = new Utf8JsonWriter(to);
        json.WriteStartObject();
        json.WriteString("model", reply.Model);
        json.WriteString("created_at", reply.At.ToString("O", CultureInfo.InvariantCulture));
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", text);
        if (arguments is not null)
        {
            json.WriteStartArray("tool_calls");
            json.WriteStartObject();
            json.WriteStartObject("function");
            json.WriteString("name", reply.Tool);
            json.WritePropertyName("arguments");
            json.WriteRawValue(arguments);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteBoolean("done", done);
        if (done)
        {
            json.WriteString("done_reason", reply.FinishReason is "tool_calls" or "content_filter" ? "stop" : reply.FinishReason);
            json.WriteNumber("total_duration", 1_000_000);
            if (reply.HasUsage)
            {
                json.WriteNumber("prompt_eval_count", reply.PromptTokens);
                json.WriteNumber("eval_count", reply.Tokens);
            }
        }

        json.WriteEndObject();
    }
}
