using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ServiceDefaults.Telemetry.Keeping;

/// <summary>
/// <c>POST /telemetry/keep</c>, behind the internal key: trace ids of 32 hexadecimal digits, one on a line, at most <see cref="MostIds"/>. Who knows how a request ended
/// (the assistant) tells the services that it asked.
/// </summary>
public static class KeepEndpoint
{
    /// <summary>The path.</summary>
    public const string Path = "/telemetry/keep";

    /// <summary>The most ids of a request.</summary>
    public const int MostIds = 1000;

    private const int IdLength = 32;

    internal static void MapKeepEndpoint(this WebApplication app)
    {
        if (app.Services.GetService<KeptTraces>() is not { } traces) return;
        app.MapPost(Path, async (HttpRequest request) =>
        {
            if (request.ContentLength is not <= MostIds * (IdLength + 1)) return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
            using var reader = new StreamReader(request.Body);
            while (await reader.ReadLineAsync(request.HttpContext.RequestAborted) is { } line)
            {
                if (line.Length != IdLength || line.AsSpan().ContainsAnyExcept("0123456789abcdef")) return Results.BadRequest();
                traces.Keep(ActivityTraceId.CreateFromString(line));
            }

            return Results.NoContent();
        });
    }
}
