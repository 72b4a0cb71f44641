namespace Slipway.Assistant.Http;

internal static class PathValue
{
    /// <summary>
    /// The value of a catch-all route parameter. ASP.NET Core decodes a path but for <c>%2F</c>, and so does the edge before it: what arrives here as
    /// <c>%2F</c> was a slash to the client.
    /// </summary>
    public static string Decode(string value) => value.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
