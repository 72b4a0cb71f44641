using System.Text.Json;
using Slipway.ModelSim.Calls;

namespace Slipway.ModelSim.Answers;

/// <summary>What the simulator reads of a request for a chat, whatever the API.</summary>
internal sealed record ChatRequest(string Model, IReadOnlyList<(string Role, string Text)> Messages) : ISimRequest
{
    public bool Stream { get; init; }

    /// <summary>Whether a stream reports its tokens.</summary>
    public bool IncludeUsage { get; init; }

    public long? Seed { get; init; }

    public int? MaxTokens { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Whether the answer is JSON.</summary>
    public bool WantsJson { get; init; }

    /// <summary>The schema of that JSON, where one is given.</summary>
    public JsonElement? Schema { get; init; }

    /// <summary>The function that the answer calls.</summary>
    public Tool? Calls { get; init; }

    /// <summary>A function, and the schema of its arguments.</summary>
    internal sealed record Tool(string Name, JsonElement? Parameters);

    /// <summary>
    /// The function that an answer calls when it may choose: the first whose name the last message, a user's, holds. So a caller of an API without
    /// <c>tool_choice</c> can get a call too.
    /// </summary>
    public static Tool? Chosen(IReadOnlyList<Tool> tools, IReadOnlyList<(string Role, string Text)> messages) =>
        messages is [.., ("user", var text)] ? tools.FirstOrDefault(tool => text.Contains(tool.Name, StringComparison.Ordinal)) : null;
}
