using System.Text;
using Slipway.Contracts;
using Slipway.Prompts.Rendering;
using Slipway.Prompts.Templates;
using Slipway.Testing;
using Slipway.Tokens;

namespace Slipway.Prompts.Tests;

internal static class Given
{
    public static PromptLibrary Shipped { get; } = PromptLibrary.Load(Path.Combine(Repository.Root, "ai", "prompts"));

    public static PromptTemplate Answer => Shipped.Find("answer", "1")!;

    public static TokenCounter Counter => TokenCounter.Get(TokenCounter.O200kBase);

    public static RenderInputs Inputs(string question = "How do I roll back a release?", params PromptPassage[] passages) =>
        new(question, [], passages, new Dictionary<string, string>(), 8000);

    public static PromptPassage Passage(string text, string title = "Releases", string heading = "Roll back") =>
        new() { DocumentId = "releases", ChunkId = "releases#0", Title = title, Heading = heading, Text = text };

    public static PromptPassage[] Documentation { get; } =
    [
        Passage("To roll back a release, run `slipway release rollback`. Traffic returns to the previous release within one second.", "Releases", "Operations > Roll back"),
        Passage("A canary is rolled back by itself when a guardrail is breached:\n\n- p95 latency\n- cost per request\n- failure rate", "Canaries", "Guardrails"),
        Passage("Every change is written to the ledger with its owner and reason.", "Change \"ledger\"", ""),
    ];

    public static ChatMessage Turn(string role, string content) => new() { Role = role, Content = content };

    public static PromptTemplate? Parse(string text, List<string> errors, string name = "sample", string version = "1") =>
        PromptyFile.Parse(name, version, Encoding.UTF8.GetBytes(text), (line, message) => errors.Add($"{line}: {message}"));

    public const string Sample = """
        ---
        name: sample
        description: A sample.
        metadata:
          version: "1"
          owner: tests
        inputs:
          - name: question
            kind: string
            required: true
          - name: tone
            kind: string
            default: calm
        ---
        system:
        Be {{ tone }}.

        user:
        {{ question }}
        """;
}
