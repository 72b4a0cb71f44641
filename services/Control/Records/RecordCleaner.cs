using Slipway.Contracts;

namespace Slipway.Control.Records;

/// <summary>
/// Cuts what senders send to what the tables hold. Model names come from clients: PostgreSQL refuses U+0000, and a name of a megabyte must not become
/// a row, a group or a key.
/// </summary>
internal static class RecordCleaner
{
    internal static void Clean(RequestRecord record, long nowUnixMs)
    {
        record.RequestId = Text(record.RequestId, 64);
        record.Tenant = Text(record.Tenant, 64);
        record.Route = Text(record.Route, 64);
        record.Release = Text(record.Release, 64);
        record.ErrorCode = Text(record.ErrorCode, 64);
        record.Model = Text(record.Model, 200);
        record.Provider = Text(record.Provider, 64);
        record.PromptVersion = Text(record.PromptVersion, 64);
        record.CorpusVersion = Text(record.CorpusVersion, 64);
        record.Cache = Text(record.Cache, 16);
        if (record.TimeUnixMs <= 0 || record.TimeUnixMs > nowUnixMs) record.TimeUnixMs = nowUnixMs;
        for (var i = 0; i < record.Degraded.Count; i++) record.Degraded[i] = Text(record.Degraded[i], 64);
        while (record.Degraded.Count > 7) record.Degraded.RemoveAt(record.Degraded.Count - 1);
    }

    /// <summary>At most so many UTF-16 units, no control characters, no half of a surrogate pair. The usual text is returned as it is.</summary>
    internal static string Text(string text, int max)
    {
        if (text.Length <= max && !text.Any(char.IsControl)) return text;
        if (text.Length > max) text = text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];
        return text.Any(char.IsControl) ? string.Create(text.Length, text, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(from[i]) ? ' ' : from[i];
        }) : text;
    }
}
