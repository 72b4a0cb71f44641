using System.Text.Json;
using System.Text.Json.Serialization;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http.Json;
using Slipway.Contracts;
using Slipway.Control.Caching;
using Slipway.Control.Events;
using Slipway.Control.Kpis;
using Slipway.Control.Models;
using Slipway.Control.Records;
using Slipway.Control.Releases;
using Slipway.Control.Retrieval;
using Slipway.Control.Slo;
using Slipway.Control.Tenants;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Control.Admin;

/// <summary>The HTTP surface of control: <c>/admin</c>, its OpenAPI description, and <c>/ofrep</c>.</summary>
internal static class AdminExtensions
{
    internal static WebApplicationBuilder AddAdminApi(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<JsonOptions>(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.SerializerOptions.PropertyNameCaseInsensitive = false;
        });
        // gRPC's catch-all for unknown services, {service}/{method}, would turn the 405 of /admin/kpis and its like into a 404; an unknown service gets that too.
        builder.Services.Configure<GrpcServiceOptions>(options => options.IgnoreUnknownServices = true);
        // Else a body that cannot be read gets an empty 400 outside Development.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.AddAdminDescription();
        return builder;
    }

    internal static WebApplication MapAdminApi(this WebApplication app)
    {
        var admin = app.MapGroup("/admin").AddEndpointFilter(RequireAdmin).ProducesErrors(403);
        admin.MapTenantsApi().MapReleasesApi().MapKpisApi().MapSloApi().MapEventsApi().MapRequestsApi().MapRetrievalApi().MapCacheApi().MapModelsApi();
        app.MapOpenApi("/admin/openapi.json").AddEndpointFilter(RequireAdmin);
        app.MapFallback("/ofrep/{**path}", static () => { throw new ApiException(new ApiError(404, "flags_unavailable", "Flag evaluation is not available in this version.")); }).ExcludeFromDescription();
        return app;
    }

    /// <summary>The tenant whose key the edge found: who did it, in histories.</summary>
    internal static string Caller(this HttpContext context) => context.Request.Headers[SlipwayHeaders.Tenant].ToString() is { Length: > 0 } tenant ? tenant : "unknown";

    private static ValueTask<object?> RequireAdmin(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var scopes = context.HttpContext.Request.Headers[SlipwayHeaders.Scopes].ToString();
        foreach (var scope in scopes.Split(',', StringSplitOptions.TrimEntries))
        {
            if (scope == Scopes.Admin) return next(context);
        }

        throw new ApiException(new ApiError(403, "insufficient_scope", "The API key lacks the scope 'admin'."));
    }
}
