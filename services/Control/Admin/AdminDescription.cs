using Microsoft.OpenApi;

namespace Slipway.Control.Admin;

/// <summary>An error, in OpenAI's shape.</summary>
/// <param name="Error">What is wrong.</param>
internal sealed record ErrorResponse(ErrorBody Error);

/// <summary>What is wrong.</summary>
/// <param name="Message">One sentence.</param>
/// <param name="Type">The class of the error.</param>
/// <param name="Param">The field at fault, or null.</param>
/// <param name="Code">A stable code.</param>
internal sealed record ErrorBody(string Message, string Type, string? Param, string Code);

/// <summary>The OpenAPI description of <c>/admin</c>.</summary>
internal static class AdminDescription
{
    internal static void AddAdminDescription(this WebApplicationBuilder builder) => builder.Services.AddOpenApi("v1", options =>
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith("admin", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "Slipway admin API", Version = "v1", Description = "Tenants and keys, releases, KPIs, objectives, events and request records. Needs a key with the scope admin." };
            document.Servers = [new OpenApiServer { Url = "/" }];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["key"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key with the scope admin." },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", document)] = [] }];
            return Task.CompletedTask;
        });
    });

    internal static RouteHandlerBuilder ProducesErrors(this RouteHandlerBuilder builder, params int[] statuses)
    {
        foreach (var status in statuses) builder.Produces<ErrorResponse>(status);
        return builder;
    }

    internal static RouteGroupBuilder ProducesErrors(this RouteGroupBuilder builder, params int[] statuses)
    {
        foreach (var status in statuses) builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ErrorResponse), ["application/json"]));
        return builder;
    }
}
