using System.Globalization;

namespace Slipway.Control.Timing;

/// <summary>Times as text for machines, to the second: <c>2026-11-29T09:00:00Z</c>.</summary>
internal static class UtcText
{
    internal static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    internal static string Of(long unixMs) => Of(DateTimeOffset.FromUnixTimeMilliseconds(unixMs));
}
