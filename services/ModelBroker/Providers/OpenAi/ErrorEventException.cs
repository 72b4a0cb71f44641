using System.Text.Json;

namespace Slipway.ModelBroker.Providers.OpenAi;

/// <summary>A provider told an error in an event of its stream, whose head had said that all was well.</summary>
/// <param name="error">What it told: an object, or a text.</param>
internal sealed class ErrorEventException(JsonElement error) : Exception("The stream ended with an error.")
{
    public JsonElement Error => error;

    /// <summary>Reads the data of the event, an object with the field <c>error</c>.</summary>
    public static ErrorEventException Read(ReadOnlySpan<byte> data)
    {
        var json = new Utf8JsonReader(data);
        using var document = JsonDocument.ParseValue(ref json);
        return new ErrorEventException(document.RootElement.GetProperty("error").Clone());
    }
}
