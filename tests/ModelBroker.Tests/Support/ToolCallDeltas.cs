using System.Text.Json;
using Slipway.ProviderContract;

namespace Slipway.ModelBroker.Tests.Support;

/// <summary>Puts calls of tools together from their deltas.</summary>
internal static class ToolCallDeltas
{
    public static IReadOnlyList<ContractToolCall> Join(IReadOnlyList<string> deltas)
    {
        var calls = new SortedDictionary<int, ContractToolCall>();
        foreach (var delta in deltas)
        {
            var position = 0;
            foreach (var item in JsonDocument.Parse(delta).RootElement.EnumerateArray())
            {
                var at = item.TryGetProperty("index", out var index) ? index.GetInt32() : position++;
                var call = calls.GetValueOrDefault(at) ?? new ContractToolCall("", "", "");
                var function = item.GetProperty("function");
                calls[at] = new ContractToolCall(
                    item.TryGetProperty("id", out var id) ? id.GetString()! : call.Id,
                    function.TryGetProperty("name", out var name) ? name.GetString()! : call.Name,
                    call.Arguments + (function.TryGetProperty("arguments", out var arguments) ? arguments.GetString() : ""));
            }
        }

        return [.. calls.Values];
    }
}
