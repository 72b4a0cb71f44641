using System.Text;
using System.Text.Json.Nodes;
using Slipway.ProviderContract;

namespace Slipway.Cli.Contract;

/// <summary>Gathers an answer from its JSON, or from its chunks.</summary>
internal sealed class HttpReply
{
    private readonly SortedDictionary<int, (string Id, string Name, StringBuilder Arguments)> _calls = [];
    private string _model = "", _fingerprint = "";
    private int? _prompt, _completion;

    public StringBuilder Text { get; } = new();

    public string? FinishReason { get; set; }

    public void Read(JsonNode json)
    {
        if ((string?)json["model"] is { Length: > 0 } model) _model = model;
        if ((string?)json["system_fingerprint"] is { Length: > 0 } fingerprint) _fingerprint = fingerprint;
        if (json["usage"] is not { } usage) return;
        _prompt = (int?)usage["prompt_tokens"];
        _completion = (int?)usage["completion_tokens"];
    }

    public void ReadCalls(JsonNode? calls)
    {
        if (calls is not JsonArray list) return;
        for (var i = 0; i < list.Count; i++)
        {
            var at = (int?)list[i]!["index"] ?? i;
            var call = _calls.TryGetValue(at, out var known) ? known : ("", "", new StringBuilder());
            if ((string?)list[i]!["id"] is { Length: > 0 } id) call.Item1 = id;
            if ((string?)list[i]!["function"]?["name"] is { Length: > 0 } name) call.Item2 = name;
            call.Item3.Append((string?)list[i]!["function"]?["arguments"]);
            _calls[at] = call;
        }
    }

    public ContractReply ToReply() => new(
        Text.ToString(), FinishReason, _model, _fingerprint, _prompt, _completion, [.. _calls.Values.Select(call => new ContractToolCall(call.Id, call.Name, call.Arguments.ToString()))]);
}
