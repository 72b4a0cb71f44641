using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Calls;
using Slipway.ModelSim.Faults;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Chat;

/// <summary>Chat completions and their chunks, as OpenAI's and Azure's APIs have them.</summary>
internal class OpenAiFormat : IChatFormat
{
    public static readonly OpenAiFormat Instance = new();

    public string StreamType => "text/event-stream";

    public virtual ChatRequest Read(JsonElement json) => Read(json, json.Model());

    protected static ChatRequest Read(JsonElement json, string model)
    {
        var messages = json.Messages();
        var format = json.Field("response_format");
        return new ChatRequest(model, messages)
        {
            Stream = json.Flag("stream"),
            IncludeUsage = json.Field("stream_options")?.Flag("include_usage") ?? false,
            Seed = json.Field("seed") is { } seeded && seeded.TryGetInt64Safe(out var value) ? value : null,
            MaxTokens = json.Positive("max_completion_tokens") ?? json.Positive("max_tokens"),
            Stop = json.Strings("stop"),
            WantsJson = format?.Text("type") is "json_object" or "json_schema",
            Schema = format?.Field("json_schema")?.Field("schema"),
            Calls = Tool(json, messages),
        };
    }

    public virtual ReadOnlyMemory<byte> Error(ApiError error) => OpenAiErrorShape.Instance.Error(error);

    public void Whole(IBufferWriter<byte> to, SimReply reply)
    {
        using var json = new Utf8JsonWriter(to);
        Open(json, reply, "chat.completion");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", reply.Tool is null ? reply.Text : null);
        json.WriteNull("refusal");
        if (reply.Tool is not null) WriteTool(json, reply, reply.Text, index: null);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", reply.FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        if (reply.HasUsage) WriteUsage(json, reply);
        json.WriteEndObject();
    }

    public virtual void Start(IBufferWriter<byte> to, SimReply reply) => Chunk(to, reply, static (json, reply, _) =>
    {
        json.WriteString("role", "assistant");
        if (reply.Tool is null) json.WriteString("content", "");
        else WriteTool(json, reply, "", index: 0);
    });

    public void Piece(IBufferWriter<byte> to, SimReply reply, string piece) => Chunk(to, reply, static (json, reply, piece) =>
    {
        if (reply.Tool is null)
        {
            json.WriteString("content", piece);
            return;
        }

        json.WriteStartArray("tool_calls");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("function");
        json.WriteString("arguments", piece);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }, piece);

    public void Finish(IBufferWriter<byte> to, SimReply reply)
    {
        Chunk(to, reply, delta: null, finishReason: reply.FinishReason);
        if (!reply.HasUsage) return;
        to.Write("data: "u8);
        using (var json = new Utf8JsonWriter(to))
        {
            Open(json, reply, "chat.completion.chunk");
            json.WriteStartArray("choices");
            json.WriteEndArray();
            WriteUsage(json, reply);
            json.WriteEndObject();
        }

        to.Write("\n\n"u8);
    }

    public void Done(IBufferWriter<byte> to) => to.Write("data: [DONE]\n\n"u8);

    public void Malformed(IBufferWriter<byte> to) => to.Write("data: {\"id\":\"chatcmpl-sim\",\"object\":\"chat.compl\n\n"u8);

    public void ErrorEvent(IBufferWriter<byte> to)
    {
        to.Write("data: "u8);
        to.Write(Error(Refusals.InBand).Span);
        to.Write("\n\n"u8);
    }

    /// <summary>The functions that a request offers.</summary>
    internal static List<ChatRequest.Tool> Tools(JsonElement json) => json.Field("tools") is not { ValueKind: JsonValueKind.Array } listed ? [] : listed.EnumerateArray()
        .Select(tool => tool.Field("function")).Where(function => function?.Text("name") is not null)
        .Select(function => new ChatRequest.Tool(function!.Value.Text("name")!, function.Value.Field("parameters"))).ToList();

    private static ChatRequest.Tool? Tool(JsonElement json, IReadOnlyList<(string, string)> messages)
    {
        var tools = Tools(json);
        if (tools.Count == 0) return null;
        var choice = json.Field("tool_choice");
        if (choice?.Field("function")?.Text("name") is { } named) return tools.Find(tool => tool.Name == named) ?? new ChatRequest.Tool(named, null);
        return choice is not { ValueKind: JsonValueKind.String } mode ? ChatRequest.Chosen(tools, messages) : mode.GetString() switch
        {
            "required" => tools.FirstOrDefault(),
            "none" => null,
            _ => ChatRequest.Chosen(tools, messages),
        };
    }

    private static void Chunk(IBufferWriter<byte> to, SimReply reply, Action<Utf8JsonWriter, SimReply, string>? delta, string piece = "", string? finishReason = null)
    {
        to.Write("data: "u8);
        using (var json = new Utf8JsonWriter(to))
        {
            Open(json, reply, "chat.completion.chunk");
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            delta?.Invoke(json, reply, piece);
            json.WriteEndObject();
            json.WriteString("finish_reason", finishReason);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        to.Write("\n\n"u8);
    }

    private static void Open(Utf8JsonWriter json, SimReply reply, string kind)
    {
        json.WriteStartObject();
        json.WriteString("id", Id(reply));
        json.WriteString("object", kind);
        json.WriteNumber("created", reply.At.ToUnixTimeSeconds());
        json.WriteString("model", reply.Model);
        json.WriteString("system_fingerprint", reply.Fingerprint);
    }

    private static string Id(SimReply reply) => string.Create(CultureInfo.InvariantCulture, $"chatcmpl-sim{reply.Id:d8}");

    private static void WriteTool(Utf8JsonWriter json, SimReply reply, string arguments, int? index)
    {
        json.WriteStartArray("tool_calls");
        json.WriteStartObject();
        if (index is { } at) json.WriteNumber("index", at);
        json.WriteString("id", "call_" + Id(reply));
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", reply.Tool);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteUsage(Utf8JsonWriter json, SimReply reply)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", reply.PromptTokens);
        json.WriteNumber("completion_tokens", reply.Tokens);
        json.WriteNumber("total_tokens", reply.PromptTokens + reply.Tokens);
        json.WriteEndObject();
    }
}
