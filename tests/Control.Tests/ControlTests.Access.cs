using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.Control.Data;

namespace Slipway.Control.Tests;

/// <summary>Who gets in, what the API's description says, what is never told, migrations.</summary>
public abstract partial class ControlTests<TDatabase>
{
    [Fact]
    public async Task Every_path_of_admin_wants_the_scope_and_everything_the_internal_key()
    {
        SkipUnlessThere();
        var paths = (await _control.GetAsync("/admin/openapi.json")).GetProperty("paths");
        using var answers = _control.Client("answers");
        using var nothing = _control.Client("");
        using var lookalike = _control.Client("answers,administrator,Admin");
        using var stranger = _control.Client("admin", internalKey: null);
        using var guesser = _control.Client("admin", internalKey: "wrong");
        foreach (var (path, method) in paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => (Regex.Replace(path.Name, "{.*?}", "x"), operation.Name))).Append(("/admin/openapi.json", "get")))
        {
            foreach (var client in new[] { answers, nothing, lookalike })
            {
                using var refused = await client.SendAsync(Request(method, path), Token);
                var error = (await ControlHost.ReadAsync(refused, 403)).GetProperty("error");
                Assert.Equal("insufficient_scope", error.GetProperty("code").GetString());
            }

            foreach (var client in new[] { stranger, guesser })
            {
                using var refused = await client.SendAsync(Request(method, path), Token);
                Assert.InRange((int)refused.StatusCode, 401, 403);
            }
        }

        var unknown = await Assert.ThrowsAsync<RpcException>(async () => await _control.Grpc.AppendRecordsAsync(new AppendRecordsRequest(), cancellationToken: Token));
        Assert.NotEqual(StatusCode.OK, unknown.StatusCode);

        static HttpRequestMessage Request(string method, string path) => new(new HttpMethod(method.ToUpperInvariant()), path)
        {
            Content = method is "post" or "patch" ? new StringContent("{}", Encoding.UTF8, "application/json") : null,
        };
    }

    [Fact]
    public async Task The_description_has_a_schema_for_each_body_and_speaks_snake_case()
    {
        SkipUnlessThere();
        var document = await _control.GetAsync("/admin/openapi.json");
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            Assert.StartsWith("/admin", path.Name, StringComparison.Ordinal);
            foreach (var operation in path.Value.EnumerateObject())
            {
                var name = $"{operation.Name} {path.Name}";
                Assert.True(operation.Value.GetProperty("summary").GetString()!.Length > 0, name);
                if (operation.Name is "post" or "patch") Assert.True(HasSchema(operation.Value.GetProperty("requestBody")), $"{name} has no request schema");
                var responses = operation.Value.GetProperty("responses");
                Assert.True(responses.EnumerateObject().Any(response => response.Name == "204" || (response.Name[0] == '2' && HasSchema(response.Value))), $"{name} has no response schema");
                Assert.True(HasSchema(responses.GetProperty("403")), $"{name} has no error schema");
                if (!operation.Value.TryGetProperty("parameters", out var parameters)) continue;
                foreach (var parameter in parameters.EnumerateArray()) Assert.Matches("^[a-z][a-z0-9_]*$", parameter.GetProperty("name").GetString());
            }
        }

        foreach (var schema in document.GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            if (!schema.Value.TryGetProperty("properties", out var properties)) continue;
            foreach (var property in properties.EnumerateObject()) Assert.Matches("^[a-z][a-z0-9_]*$", property.Name);
        }

        static bool HasSchema(JsonElement body) => body.TryGetProperty("content", out var content) && content.TryGetProperty("application/json", out var json) && json.TryGetProperty("schema", out _);
    }

    [Fact]
    public async Task No_answer_holds_a_secret_or_a_hash_and_all_of_it_is_snake_case()
    {
        SkipUnlessThere();
        await _control.PostAsync("/admin/tenants", new { id = "acme" });
        var key = (await _control.PostAsync("/admin/tenants/acme/keys", new { name = "k" })).GetProperty("key").GetString()!;
        await _control.AppendAsync(Record("told", 5));
        await Eventually.TrueAsync(async () => (await _control.Admin.GetAsync("/admin/requests/told", Token)).IsSuccessStatusCode);
        foreach (var path in new[]
        {
            "/admin/tenants", "/admin/tenants/acme", "/admin/tenants/acme/keys", "/admin/releases", "/admin/releases/baseline", "/admin/releases/history", "/admin/kpis?group_by=route,tenant,release", "/admin/requests", "/admin/events", "/admin/slo",
            "/admin/requests/told", "/admin/openapi.json",
        })
        {
            var text = (await _control.GetAsync(path)).GetRawText();
            Assert.DoesNotContain(key, text, StringComparison.Ordinal);
            Assert.DoesNotContain("hash", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("password", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Testing.WellKnown.InternalKey, text, StringComparison.Ordinal);
            if (!path.EndsWith("openapi.json", StringComparison.Ordinal)) Assert.All(Names(JsonDocument.Parse(text).RootElement), name => Assert.Matches("^[a-z][a-z0-9_]*$", name));
        }

        static IEnumerable<string> Names(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Names(property.Value).Prepend(property.Name)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Names),
            _ => [],
        };
    }

    [Fact]
    public async Task A_revoked_key_stays_revoked_and_is_listed_as_such()
    {
        SkipUnlessThere();
        await _control.PostAsync("/admin/tenants", new { id = "acme" });
        var first = await _control.PostAsync("/admin/tenants/acme/keys", new { name = "first" });
        var second = await _control.PostAsync("/admin/tenants/acme/keys", new { name = "second", scopes = new[] { "answers", "admin" } });
        var path = $"/admin/tenants/acme/keys/{first.GetProperty("id").GetString()}";
        for (var i = 0; i < 2; i++) Assert.Equal(204, (int)(await _control.Admin.DeleteAsync(path, Token)).StatusCode);
        // Another tenant's path does not reach it.
        Assert.Equal(404, (int)(await _control.Admin.DeleteAsync($"/admin/tenants/dev/keys/{second.GetProperty("id").GetString()}", Token)).StatusCode);

        await _control.DisposeAsync();
        _control = await ControlHost.StartAsync(_folder, _database.ConnectionString);
        var keys = (await _control.GetAsync("/admin/tenants/acme/keys")).GetProperty("keys").EnumerateArray().ToList();
        Assert.Equal(["first", "second"], keys.Select(key => key.GetProperty("name").GetString()));
        Assert.Equal([JsonValueKind.String, JsonValueKind.Null], keys.Select(key => key.GetProperty("revoked_at").ValueKind));
        Assert.Equal(["answers", "admin"], Assert.Single((await TenantsAsync()).Tenants.Single(tenant => tenant.Id == "acme").Keys).Scopes);
    }

    [Fact]
    public async Task Outside_development_the_first_admin_key_is_made_once_and_left_to_its_owner_alone()
    {
        SkipUnlessThere();
        await _control.DisposeAsync();
        _control = await ControlHost.StartAsync(_folder, _database.ConnectionString, environment: "Production");
        var file = Path.Combine(_folder.File("control"), "first-admin-key");
        var key = (await File.ReadAllTextAsync(file, Token)).Trim();
        Assert.StartsWith("sk-slipway-", key, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var told = Assert.Single((await TenantsAsync()).Tenants.Single(tenant => tenant.Id == "admin").Keys);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key)), told.Hash.ToByteArray());

        File.Delete(file);
        await _control.DisposeAsync();
        _control = await ControlHost.StartAsync(_folder, _database.ConnectionString, environment: "Production");
        Assert.False(File.Exists(file));
        Assert.Single((await TenantsAsync()).Tenants.Single(tenant => tenant.Id == "admin").Keys);
    }

    [Fact]
    public async Task The_migrations_are_the_model_and_are_applied_once()
    {
        SkipUnlessThere();
        await using var database = await _control.Services.GetRequiredService<IDbContextFactory<ControlDb>>().CreateDbContextAsync(Token);
        Assert.False(database.Database.HasPendingModelChanges());
        Assert.Equal(database.Database.GetMigrations(), await database.Database.GetAppliedMigrationsAsync(Token));
        Assert.Equal(_database is PostgresDatabase, database.Database.IsNpgsql());
    }

    [Fact]
    public async Task A_watcher_gets_the_newest_release_set_at_once_and_the_same_version_after_a_restart()
    {
        SkipUnlessThere();
        await _control.PostAsync("/admin/releases", new { name = "second", prompt = "answer", prompt_version = "1", models = new[] { "answer" } });
        await _control.PostAsync("/admin/releases/second/activate", new { reason = "r" }, 200);
        await _control.PostAsync("/admin/releases/second/activate", new { reason = "again" }, 200);
        var before = await ReleasesAsync();
        Assert.Equal(("second", 2), (before.Active, before.Releases.Count));
        // Activating the active one is no history.
        Assert.Equal(2, (await _control.GetAsync("/admin/releases/history")).GetProperty("activations").GetArrayLength());

        await _control.DisposeAsync();
        _control = await ControlHost.StartAsync(_folder, _database.ConnectionString);
        Assert.Equal(before, await ReleasesAsync());

        async Task<ReleaseSet> ReleasesAsync()
        {
            using var call = _control.Grpc.WatchReleases(new WatchRequest(), ControlHost.Key, cancellationToken: Token);
            Assert.True(await call.ResponseStream.MoveNext(Token));
            return call.ResponseStream.Current;
        }
    }
}
