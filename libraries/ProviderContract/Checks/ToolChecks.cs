using System.Text.Json;

namespace Slipway.ProviderContract.Checks;

/// <summary>Calls of functions.</summary>
internal static class ToolChecks
{
    private const string Tools = """
        [{"type":"function","function":{"name":"get_weather","description":"Tells the weather of a city.","parameters":{"type":"object","properties":{"city":{"type":"string"},"unit":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["city","unit"],"additionalProperties":false}}}]
        """;

    private static readonly ContractChat Question = new("Use get_weather for the weather in Bern in celsius.")
    {
        ToolsJson = Tools, ToolChoiceJson = """{"type":"function","function":{"name":"get_weather"}}""",
    };

    public static readonly ContractCheck[] All =
    [
        new("tool-call", "A function that must be called is, with arguments of its schema.", async (target, cancelled) => Check(await target.ChatAsync(Question, cancelled))),
        new("tool-call-streamed", "So is it in a stream.", async (target, cancelled) => Check(await target.StreamAsync(Question, _ => { }, cancelled))),
        new("tool-result", "The result of a function is taken, and answered.", ResultAsync),
        new("tool-none", "Functions that may not be called are not.", NoneAsync),
    ];

    private static string Check(ContractReply reply)
    {
        Expect.IsAnswer(reply, "tool_calls");
        Expect.That(reply.ToolCalls.Count > 0, "No function is called.");
        var call = reply.ToolCalls[0];
        Expect.That(call.Id.Length > 0, "The call has no id.");
        Expect.That(call.Name == "get_weather", $"'{call.Name}' is called.");
        var arguments = Expect.Json(call.Arguments, "What the function is called with");
        Expect.That(arguments.ValueKind == JsonValueKind.Object && arguments.TryGetProperty("city", out var city) && city.ValueKind == JsonValueKind.String, "The argument 'city' is missing or no text.");
        Expect.That(arguments.TryGetProperty("unit", out var unit) && unit.ToString() is "celsius" or "fahrenheit", "The argument 'unit' is missing or none of its values.");
        return call.Arguments;
    }

    private static async Task<string> ResultAsync(IContractTarget target, CancellationToken cancelled)
    {
        var called = await target.ChatAsync(Question, cancelled);
        if (called.ToolCalls is not [var call, ..]) throw new ContractFailedException("No function is called.");
        var calls = JsonSerializer.Serialize(new[] { new { id = call.Id, type = "function", function = new { name = call.Name, arguments = call.Arguments } } });
        var reply = await target.ChatAsync(Question with
        {
            ToolChoiceJson = null,
            Messages = [.. Question.Messages, new("assistant", "") { ToolCallsJson = calls }, new("tool", """{"weather":"rain","degrees":7}""") { ToolCallId = call.Id }],
        }, cancelled);
        Expect.IsAnswer(reply);
        Expect.That(reply.Text.Length > 0, "The answer is empty.");
        return "";
    }

    private static async Task<string> NoneAsync(IContractTarget target, CancellationToken cancelled)
    {
        var reply = await target.ChatAsync(Question with { ToolChoiceJson = "\"none\"" }, cancelled);
        Expect.That(reply.ToolCalls.Count == 0, "A function is called.");
        Expect.IsAnswer(reply);
        return "";
    }
}
