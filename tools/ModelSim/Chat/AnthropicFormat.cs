using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Faults;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Chat;

/// <summary>Anthropic's <c>POST /v1/messages</c>: content in blocks, a stream of named events, errors by type.</summary>
internal sealed class AnthropicFormat : IChatFormat
{
    public static readonly AnthropicFormat Instance = new();

    public string StreamType => "text/event-stream";

    public ChatRequest Read(JsonElement json)
    {
        var model = json.Model();
        if (json.Positive("max_tokens") is not { } limit) throw JsonFields.Invalid("max_tokens", "max_tokens: Field required");
        var messages = json.Messages();
        foreach (var (role, _) in messages) if (role is not ("user" or "assistant")) throw JsonFields.Invalid("messages", $"messages: Unexpected role \"{role}\".");
        if (json.Field("system") is { } system) messages.Insert(0, ("system", JsonFields.Content(system)));
        var format = json.Field("output_config")?.Field("format");
        return new ChatRequest(model, messages)
        {
            Stream = json.Flag("stream"),
            IncludeUsage = true,
            MaxTokens = limit,
            Stop = json.Strings("stop_sequences"),
            WantsJson = format?.Text("type") == "json_schema",
            Schema = format?.Field("schema"),
            Calls = Tool(json, messages),
        };
    }

    public ReadOnlyMemory<byte> Error(ApiError error) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        type = "error",
        error = new
        {
            type = error.Status switch
            {
                401 => "authentication_error",
                402 => "billing_error",
                403 => "permission_error",
                404 => "not_found_error",
                413 => "request_too_large",
                429 => "rate_limit_error",
                504 => "timeout_error",
                503 or 529 => "overloaded_error",
                >= 500 => "api_error",
                _ => "invalid_request_error",
            },
            message = error.Message,
        },
        request_id = "req_sim",
    });

    public void Whole(IBufferWriter<byte> to, SimReply reply)
    {
        using var json = new Utf8JsonWriter(to);
        json.WriteStartObject();
        Head(json, reply);
        json.WriteStartArray("content");
        json.WriteStartObject();
        if (reply.Tool is null)
        {
            json.WriteString("type", "text");
            json.WriteString("text", reply.Text);
        }
        else
        {
            ToolUse(json, reply);
            json.WritePropertyName("input");
            json.WriteRawValue(reply.Text);
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("stop_reason", Reason(reply));
        json.WriteNull("stop_sequence");
        if (reply.HasUsage) Usage(json, reply, reply.Tokens);
        json.WriteEndObject();
    }

    public void Start(IBufferWriter<byte> to, SimReply reply)
    {
        Event(to, "message_start", json =>
        {
            json.WriteStartObject("message");
            Head(json, reply);
            json.WriteStartArray("content");
            json.WriteEndArray();
            json.WriteNull("stop_reason");
            json.WriteNull("stop_sequence");
            if (reply.HasUsage) Usage(json, reply, 1);
            json.WriteEndObject();
        });
        Event(to, "content_block_start", json =>
        {
            json.WriteNumber("index", 0);
            json.WriteStartObject("content_block");
            if (reply.Tool is null)
            {
                json.WriteString("type", "text");
                json.WriteString("text", "");
            }
            else
            {
                ToolUse(json, reply);
                json.WriteStartObject("input");
                json.WriteEndObject();
            }

            json.WriteEndObject();
        });
        Event(to, "ping", static _ => { });
    }

    public void Piece(IBufferWriter<byte> to, SimReply reply, string piece) => Event(to, "content_block_delta", json =>
    {
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        json.WriteString("type", reply.Tool is null ? "text_delta" : "input_json_delta");
        json.WriteString(reply.Tool is null ? "text" : "partial_json", piece);
        json.WriteEndObject();
    });

    public void Finish(IBufferWriter<byte> to, SimReply reply)
    {
        Event(to, "content_block_stop", static json => json.WriteNumber("index", 0));
        Event(to, "message_delta", json =>
        {
            json.WriteStartObject("delta");
            json.WriteString("stop_reason", Reason(reply));
            json.WriteNull("stop_sequence");
            json.WriteEndObject();
            if (!reply.HasUsage) return;
            json.WriteStartObject("usage");
            json.WriteNumber("output_tokens", reply.Tokens);
            json.WriteEndObject();
        });
    }

    public void Done(IBufferWriter<byte> to) => Event(to, "message_stop", static _ => { });

    public void Malformed(IBufferWriter<byte> to) => to.Write("event: content_block_delta\ndata: {\"type\":\"content_block_del\n\n"u8);

    public void ErrorEvent(IBufferWriter<byte> to)
    {
        to.Write("event: error\ndata: "u8);
        to.Write(Error(Refusals.InBand).Span);
        to.Write("\n\n"u8);
    }

    private static ChatRequest.Tool? Tool(JsonElement json, IReadOnlyList<(string, string)> messages)
    {
        if (json.Field("tools") is not { ValueKind: JsonValueKind.Array } listed) return null;
        var tools = listed.EnumerateArray().Where(tool => tool.Text("name") is not null).Select(tool => new ChatRequest.Tool(tool.Text("name")!, tool.Field("input_schema"))).ToList();
        return json.Field("tool_choice") is not { } choice ? ChatRequest.Chosen(tools, messages) : choice.Text("type") switch
        {
            "any" => tools.FirstOrDefault(),
            "tool" => tools.Find(tool => tool.Name == choice.Text("name")),
            "none" => null,
            _ => ChatRequest.Chosen(tools, messages),
        };
    }

    private static string? Reason(SimReply reply) => reply.FinishReason switch
    {
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "refusal",
        _ => null,
    };

    private static void Event(IBufferWriter<byte> to, string name, Action<Utf8JsonWriter> body)
    {
        to.Write("event: "u8);
        to.Write(System.Text.Encoding.ASCII.GetBytes(name));
        to.Write("\ndata: "u8);
        using (var json = new Utf8JsonWriter(to))
        {
            json.WriteStartObject();
            json.WriteString("type", name);
            body(json);
            json.WriteEndObject();
        }

        to.Write("\n\n"u8);
    }

    private static void Head(Utf8JsonWriter json, SimReply reply)
    {
        json.WriteString("id", string.Create(CultureInfo.InvariantCulture, $"msg_sim{reply.Id:d8}"));
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", reply.Model);
    }

    private static void ToolUse(Utf8JsonWriter json, SimReply reply)
    {
        json.WriteString("type", "tool_use");
        json.WriteString("id", string.Create(CultureInfo.InvariantCulture, $"toolu_sim{reply.Id:d8}"));
        json.WriteString("name", reply.Tool);
    }

    private static void Usage(Utf8JsonWriter json, SimReply reply, int output)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", reply.PromptTokens);
        json.WriteNumber("cache_creation_input_tokens", 0);
        json.WriteNumber("cache_read_input_tokens", 0);
        json.WriteNumber("output_tokens", output);
        json.WriteEndObject();
    }
}
