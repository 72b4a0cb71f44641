using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Security;

namespace Slipway.ServiceDefaults.Telemetry.Keeping;

/// <summary>
/// <c>POST /telemetry/keep</c>, for whoever has the internal key: trace ids of 32 hexadecimal digits, one on a line, at most <see cref="MostIds"/>. Who knows how a request
/// ended (the assistant) tells the services that took part in it.
/// </summary>
public static class KeepEndpoint
{
    /// <summary>The path.</summary>
    public const string Path = "/telemetry/keep";

    /// <summary>The most ids of a request.</summary>
    public const int MostIds = 1000;

    private const int IdLength = 32;

    /// <summary>Maps the endpoint where traces are held back. It asks for the key itself: the edge's other callers have none.</summary>
    public static WebApplication MapKeepEndpoint(this WebApplication app)
    {
        if (app.Services.GetService<KeptTraces>() is not { } traces) return app;
        app.MapPost(Path, async (HttpRequest request, InternalKey key) =>
        {
            if (!key.Matches(request.Headers[SlipwayHeaders.InternalKey])) return Results.StatusCode(StatusCodes.Status401Unauthorized);
            if (request.ContentLength is not <= MostIds * (IdLength + 1)) return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
            using var reader = new StreamReader(request.Body);
            while (await reader.ReadLineAsync(request.HttpContext.RequestAborted) is { } line)
            {
                if (line.Length != IdLength || line.AsSpan().ContainsAnyExcept("0123456789abcdef")) return Results.BadRequest();
                traces.Keep(ActivityTraceId.CreateFromString(line));
            }

            return Results.NoContent();
        });
        return app;
    }
}
