namespace Slipway.Assistant.Http;

internal static class JsonResponse
{
    public static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> json, int status = 200)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length;
        await http.Response.BodyWriter.WriteAsync(json, http.RequestAborted);
    }
}
