namespace Slipway.Assistant.Http;

internal static class RequestLimitExtensions
{
    /// <summary>
    /// Lifts Kestrel's own 30 MB body limit: JSON bodies are held to <see cref="JsonBody.MaxBytes"/> where they are read, document streams are as long as
    /// the edge lets them be.
    /// </summary>
    public static WebApplicationBuilder AddRequestLimits(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        return builder;
    }
}
