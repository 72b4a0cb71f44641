using System.Text.Json;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Citations;

namespace Slipway.Assistant.OpenAi;

/// <summary>The parts of an answer that both HTTP surfaces write.</summary>
internal static class AnswerJson
{
    public static void WriteCitations(Utf8JsonWriter json, IReadOnlyList<Citation> citations)
    {
        json.WriteStartArray("citations");
        foreach (var citation in citations)
        {
            json.WriteStartObject();
            json.WriteNumber("number", citation.Number);
            json.WriteString("document_id", citation.DocumentId);
            json.WriteString("chunk_id", citation.ChunkId);
            json.WriteString("title", citation.Title);
            json.WriteString("heading", citation.Heading);
            json.WriteNumber("start", citation.Start);
            json.WriteNumber("end", citation.End);
            json.WriteNumber("score", Math.Round(citation.Score, 6));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteDegraded(Utf8JsonWriter json, RequestRun run)
    {
        json.WriteStartArray("degraded");
        foreach (var name in run.Degraded) json.WriteStringValue(name);
        json.WriteEndArray();
    }
}
