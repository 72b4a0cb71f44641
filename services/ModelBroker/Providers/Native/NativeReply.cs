using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Providers.Native;

/// <summary>Gathers what a provider says about an answer.</summary>
internal sealed class NativeReply(CompleteRequest request)
{
    private readonly StringBuilder _text = new();
    private readonly List<(string Id, string Name, StringBuilder Arguments)> _calls = [];

    public string Id { get; set; } = "";

    public string Model { get; set; } = "";

    /// <summary>In OpenAI's words; null until the provider has said it.</summary>
    public string? FinishReason { get; set; }

    /// <summary>Null when the provider does not say.</summary>
    public Usage? Usage { get; set; }

    /// <summary>Whether nothing more comes.</summary>
    public bool IsComplete { get; set; }

    public int Calls => _calls.Count;

    /// <summary>Adds text.</summary>
    public CompleteEvent AddText(string text)
    {
        _text.Append(text);
        return new CompleteEvent { Text = text };
    }

    /// <summary>Adds a call of a function, whole or as far as it is known.</summary>
    public CompleteEvent AddCall(string id, string name, string arguments)
    {
        _calls.Add((id, name, new StringBuilder(arguments)));
        return Delta(json => WriteCall(json, _calls.Count - 1, id, name, arguments));
    }

    /// <summary>Adds a whole call that the provider gave no id.</summary>
    public CompleteEvent AddCall(string name, string arguments) => AddCall(string.Create(CultureInfo.InvariantCulture, $"call_{request.RequestId}_{_calls.Count}"), name, arguments);

    /// <summary>Adds to the arguments of the last call.</summary>
    public CompleteEvent AddArguments(string arguments)
    {
        _calls[^1].Arguments.Append(arguments);
        return Delta(json => WriteCall(json, _calls.Count - 1, null, null, arguments));
    }

    /// <summary>The completed event's content; text and calls are added by the callers that want them.</summary>
    public CompleteResponse ToResponse(CatalogModel model, bool whole)
    {
        var response = Replies.Completed(request, model, Id, Model, fingerprint: "", FinishReason, Usage ?? Replies.Count(request, model, _text.ToString(), ToolCallsJson()));
        if (!whole) return response;
        response.Text = _text.ToString();
        response.ToolCallsJson = ToolCallsJson();
        return response;
    }

    private string ToolCallsJson() => _calls.Count == 0 ? "" : JsonText.Array(json =>
    {
        foreach (var (id, name, arguments) in _calls) WriteCall(json, null, id, name, arguments.ToString());
    });

    private static CompleteEvent Delta(Action<Utf8JsonWriter> call) => new() { ToolCallsDeltaJson = JsonText.Array(call) };

    private static void WriteCall(Utf8JsonWriter json, int? index, string? id, string? name, string arguments)
    {
        json.WriteStartObject();
        if (index is { } at) json.WriteNumber("index", at);
        if (id is not null)
        {
            json.WriteString("id", id);
            json.WriteString("type", "function");
        }

        json.WriteStartObject("function");
        if (name is not null) json.WriteString("name", name);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
