using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Slipway.Control.Admin;

namespace Slipway.Control.Tenants;

/// <summary><c>/admin/tenants</c>.</summary>
internal static class TenantsApi
{
    internal const int MaxRequestsPerMinute = 10_000_000;

    internal static RouteGroupBuilder MapTenantsApi(this RouteGroupBuilder admin)
    {
        var tenants = admin.MapGroup("/tenants").WithTags("Tenants");
        tenants.MapGet("/", List).WithName("ListTenants").WithSummary("All tenants.");
        tenants.MapPost("/", Create).WithName("CreateTenant").WithSummary("Makes a tenant.").ProducesErrors(400, 409);
        tenants.MapGet("/{id}", Get).WithName("GetTenant").WithSummary("One tenant.").ProducesErrors(404);
        tenants.MapPatch("/{id}", Change).WithName("ChangeTenant").WithSummary("Changes a tenant's name or quota; edges follow at once.").ProducesErrors(400, 404);
        tenants.MapGet("/{id}/keys", ListKeys).WithName("ListKeys").WithSummary("The keys of a tenant, without their secrets.").ProducesErrors(404);
        tenants.MapPost("/{id}/keys", CreateKey).WithName("CreateKey").WithSummary("Makes a key. The response shows it once.").ProducesErrors(400, 404);
        tenants.MapDelete("/{id}/keys/{key_id}", RevokeKey).WithName("RevokeKey").WithSummary("Revokes a key; edges refuse it at once.").ProducesErrors(404);
        return admin;
    }

    private static async Task<Ok<TenantsResponse>> List(TenantStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new TenantsResponse([.. (await store.ListAsync(cancellationToken)).Select(TenantResponse.From)]));

    private static async Task<Ok<TenantResponse>> Get(string id, TenantStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(TenantResponse.From(await store.FindAsync(id, cancellationToken) ?? throw TenantStore.Unknown(id)));

    private static async Task<Created<TenantResponse>> Create(CreateTenantRequest request, TenantStore store, CancellationToken cancellationToken)
    {
        var id = Validation.Slug(request.Id, "id");
        var name = Validation.OptionalText(request.Name, "name", 200, 1) ?? id;
        var limit = Validation.Range(request.RequestsPerMinute ?? 0, "requests_per_minute", 0, MaxRequestsPerMinute);
        var tenant = TenantResponse.From(await store.CreateAsync(id, name, limit, cancellationToken));
        return TypedResults.Created($"/admin/tenants/{id}", tenant);
    }

    private static async Task<Ok<TenantResponse>> Change(string id, ChangeTenantRequest request, TenantStore store, CancellationToken cancellationToken)
    {
        var name = Validation.OptionalText(request.Name, "name", 200, 1);
        if (request.RequestsPerMinute is { } limit) Validation.Range(limit, "requests_per_minute", 0, MaxRequestsPerMinute);
        return TypedResults.Ok(TenantResponse.From(await store.ChangeAsync(id, name, request.RequestsPerMinute, cancellationToken)));
    }

    private static async Task<Ok<KeysResponse>> ListKeys(string id, TenantStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new KeysResponse([.. (await store.ListKeysAsync(id, cancellationToken)).Select(KeyResponse.From)]));

    private static async Task<Created<CreatedKeyResponse>> CreateKey(string id, CreateKeyRequest request, TenantStore store, HttpContext context, CancellationToken cancellationToken)
    {
        var name = Validation.Text(request.Name, "name", 200);
        var scopes = request.Scopes ?? [Scopes.Answers];
        if (scopes.Count == 0 || scopes.Any(scope => !Scopes.All.Contains(scope)) || scopes.Distinct().Count() != scopes.Count)
            throw Validation.Invalid("scopes", "'scopes' must be one or both of: answers, admin.");
        var (row, key) = await store.CreateKeyAsync(id, name, scopes, cancellationToken);
        context.Response.Headers.CacheControl = "no-store";
        var view = KeyResponse.From(row);
        return TypedResults.Created($"/admin/tenants/{id}/keys/{row.Id}", new CreatedKeyResponse(view.Id, view.Name, view.Hint, view.Scopes, view.CreatedAt, key));
    }

    private static async Task<NoContent> RevokeKey(string id, [FromRoute(Name = "key_id")] string keyId, TenantStore store, CancellationToken cancellationToken)
    {
        await store.RevokeKeyAsync(id, keyId, cancellationToken);
        return TypedResults.NoContent();
    }
}
