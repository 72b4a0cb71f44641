using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Control.Tests;

public sealed class SqliteControlTests : ControlTests<SqliteDatabase>;

public sealed class PostgresControlTests : ControlTests<PostgresDatabase>
{
    protected override void SkipUnlessThere() =>
        Assert.SkipWhen(PostgresDatabase.Server is null, $"{PostgresDatabase.Variable} is not set: a connection string of a PostgreSQL whose user may create databases.");
}

/// <summary>Control on each of its databases.</summary>
public abstract partial class ControlTests<TDatabase> : IAsyncLifetime
    where TDatabase : TestDatabase, new()
{
    private readonly TempFolder _folder = new();
    private readonly TDatabase _database = new();
    private ControlHost _control = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected virtual void SkipUnlessThere()
    {
    }

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        if (_database.ConnectionString is not null || _database is SqliteDatabase) _control = await ControlHost.StartAsync(_folder, _database.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (_control is not null) await _control.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_key_is_shown_once_and_only_its_hash_is_kept_and_told()
    {
        SkipUnlessThere();
        await _control.PostAsync("/admin/tenants", new { id = "acme", name = "Acme", requests_per_minute = 60 });
        var made = await _control.PostAsync("/admin/tenants/acme/keys", new { name = "shop", scopes = new[] { "answers" } });
        var key = made.GetProperty("key").GetString()!;
        Assert.StartsWith("sk-slipway-", key, StringComparison.Ordinal);

        var listed = await _control.GetAsync("/admin/tenants/acme/keys");
        Assert.DoesNotContain(key, listed.GetRawText(), StringComparison.Ordinal);

        var tenant = (await TenantsAsync()).Tenants.Single(candidate => candidate.Id == "acme");
        Assert.Equal(60, tenant.RequestsPerMinute);
        var told = Assert.Single(tenant.Keys);
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(key)), told.Hash.ToByteArray());
        Assert.Equal(["answers"], told.Scopes);
        if (_database is SqliteDatabase) Assert.DoesNotContain(key, Encoding.Latin1.GetString(await ReadFilesAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_follows_the_tenants_hears_of_each_change()
    {
        SkipUnlessThere();
        using var call = _control.Grpc.WatchTenants(new WatchRequest(), ControlHost.Key, cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));
        Assert.DoesNotContain(call.ResponseStream.Current.Tenants, tenant => tenant.Id == "beta");

        await _control.PostAsync("/admin/tenants", new { id = "beta" });
        await UntilAsync(call.ResponseStream, set => set.Tenants.Any(tenant => tenant.Id == "beta"));
        var made = await _control.PostAsync("/admin/tenants/beta/keys", new { name = "k" });
        await UntilAsync(call.ResponseStream, set => set.Tenants.Single(tenant => tenant.Id == "beta").Keys.Count == 1);
        using var changed = await _control.Admin.PatchAsJsonAsync("/admin/tenants/beta", new { requests_per_minute = 7 }, Token);
        await UntilAsync(call.ResponseStream, set => set.Tenants.Single(tenant => tenant.Id == "beta").RequestsPerMinute == 7);
        using var revoked = await _control.Admin.DeleteAsync($"/admin/tenants/beta/keys/{made.GetProperty("id").GetString()}", Token);
        Assert.Equal(204, (int)revoked.StatusCode);
        await UntilAsync(call.ResponseStream, set => set.Tenants.Single(tenant => tenant.Id == "beta").Keys.Count == 0);
    }

    [Fact]
    public async Task A_release_is_made_activated_rolled_back_and_remembered()
    {
        SkipUnlessThere();
        var first = await _control.GetAsync("/admin/releases");
        Assert.Equal("baseline", first.GetProperty("active").GetString());
        var release = new { name = "next", prompt = "answer", prompt_version = "2", models = new[] { "small" }, search = new { mode = "keyword", limit = 3 }, review_below_confidence = 0.5, description = "d" };
        var made = await _control.PostAsync("/admin/releases", release);
        Assert.False(made.GetProperty("active").GetBoolean());
        await ControlHost.ReadAsync(await _control.Admin.PostAsJsonAsync("/admin/releases", release, Token), 409);

        using var call = _control.Grpc.WatchReleases(new WatchRequest(), ControlHost.Key, cancellationToken: Token);
        await UntilAsync(call.ResponseStream, set => set.Active == "baseline");
        await _control.PostAsync("/admin/releases/next/activate", new { reason = "try it" }, 200);
        await UntilAsync(call.ResponseStream, set => set.Active == "next");
        var told = call.ResponseStream.Current.Releases.Single(candidate => candidate.Name == "next");
        Assert.Equal(("answer", "2", "keyword", 3, 0.5), (told.Prompt, told.PromptVersion, told.Search.Mode, told.Search.Limit, told.ReviewBelowConfidence));
        await _control.PostAsync("/admin/releases/baseline/activate", new { reason = "roll back" }, 200);
        await UntilAsync(call.ResponseStream, set => set.Active == "baseline");

        var history = (await _control.GetAsync("/admin/releases/history")).GetProperty("activations").EnumerateArray().ToList();
        Assert.Equal(["baseline", "next"], history.Take(2).Select(entry => entry.GetProperty("release").GetString()));
        Assert.Equal("roll back", history[0].GetProperty("reason").GetString());
        Assert.Equal("dev", history[0].GetProperty("by").GetString());
    }

    [Fact]
    public async Task Records_become_figures_that_are_right_within_a_percent()
    {
        SkipUnlessThere();
        var random = new Random(7);
        var latencies = Enumerable.Range(0, 2000).Select(_ => Math.Exp(random.NextDouble() * 6)).ToList();
        await _control.AppendAsync([.. latencies.Select((latency, i) => Record($"r{i}", latency, cache: i % 4 == 0 ? "output" : "miss", status: i % 100 == 0 ? 503 : 200))]);

        var figures = (await KpisAsync("window=5&route=answers&group_by=tenant", 2000)).GetProperty("total");
        var endToEnd = figures.GetProperty("end_to_end");
        latencies.Sort();
        foreach (var (field, share) in new[] { ("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99) })
        {
            var exact = latencies[(int)Math.Ceiling(share * latencies.Count) - 1];
            Assert.InRange(endToEnd.GetProperty(field).GetDouble(), exact * 0.99, exact * 1.01);
        }

        Assert.Equal(2000 * 10, figures.GetProperty("tokens").GetProperty("prompt").GetInt64());
        Assert.Equal(2.0, figures.GetProperty("cost_usd").GetDouble(), 6);
        Assert.Equal(20, figures.GetProperty("failures").GetProperty("count").GetInt64());
        Assert.True(figures.GetProperty("cache").GetProperty("output").GetProperty("hits").GetInt64() > 0);
        Assert.True(figures.GetProperty("stages").TryGetProperty("retrieval", out _));
    }

    [Fact]
    public async Task No_data_is_null_and_not_zero()
    {
        SkipUnlessThere();
        var figures = (await _control.GetAsync("/admin/kpis?window=60&tenant=nobody")).GetProperty("total");
        Assert.Equal(0, figures.GetProperty("requests").GetInt64());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, figures.GetProperty("end_to_end").GetProperty("p95_ms").ValueKind);
    }

    [Fact]
    public async Task A_request_that_is_told_twice_counts_once()
    {
        SkipUnlessThere();
        await _control.AppendAsync(Record("twice", 5, tenant: "t2"));
        await _control.AppendAsync(Record("twice", 5, tenant: "t2"), Record("other", 5, tenant: "t2"));
        var kpis = await KpisAsync("window=5&tenant=t2", 2);
        Assert.Equal(2, kpis.GetProperty("total").GetProperty("requests").GetInt64());
    }

    [Fact]
    public async Task Figures_and_failures_survive_a_restart()
    {
        SkipUnlessThere();
        await _control.AppendAsync(Record("before-1", 5, tenant: "t3"), Record("before-2", 5, tenant: "t3", status: 503));
        await KpisAsync("window=60&tenant=t3", 2);
        await _control.DisposeAsync();
        _control = await ControlHost.StartAsync(_folder, _database.ConnectionString);
        await KpisAsync("window=60&tenant=t3", 2);
        var failed = await _control.GetAsync("/admin/requests?tenant=t3&status=failed");
        Assert.Equal("before-2", Assert.Single(failed.GetProperty("requests").EnumerateArray()).GetProperty("request_id").GetString());
    }

    [Fact]
    public async Task Feedback_belongs_to_a_request_that_is_known()
    {
        SkipUnlessThere();
        await _control.AppendAsync(Record("liked", 5));
        await _control.Grpc.SubmitFeedbackAsync(new SubmitFeedbackRequest { Tenant = "acme", RequestId = "liked", Rating = 1, Comment = "good" }, ControlHost.Key, cancellationToken: Token);
        var unknown = await Assert.ThrowsAsync<RpcException>(async () =>
            await _control.Grpc.SubmitFeedbackAsync(new SubmitFeedbackRequest { Tenant = "acme", RequestId = "never", Rating = 1 }, ControlHost.Key, cancellationToken: Token));
        Assert.Equal("request_not_found", ServiceError.From(unknown)!.Code);
        await Eventually.TrueAsync(async () => (await _control.Admin.GetAsync("/admin/requests/liked", Token)).IsSuccessStatusCode);
        var request = await _control.GetAsync("/admin/requests/liked");
        Assert.Equal(1, request.GetProperty("feedback").GetProperty("rating").GetInt32());
    }

    [Fact]
    public async Task Outside_development_there_is_no_local_key()
    {
        SkipUnlessThere();
        var local = SHA256.HashData("sk-slipway-dev"u8);
        Assert.Contains((await TenantsAsync()).Tenants, tenant => tenant.Keys.Any(key => key.Hash.Span.SequenceEqual(local)));
        await _control.DisposeAsync();
        _control = await ControlHost.StartAsync(_folder, _database.ConnectionString, environment: "Production");
        Assert.DoesNotContain((await TenantsAsync()).Tenants, tenant => tenant.Keys.Any(key => key.Hash.Span.SequenceEqual(local)));
    }

    [Fact]
    public async Task Outside_development_a_first_admin_key_is_written_for_its_owner_alone_and_only_once()
    {
        SkipUnlessThere();
        await _control.DisposeAsync();
        _control = await ControlHost.StartAsync(_folder, _database.ConnectionString, environment: "Production");
        var file = Assert.Single(Directory.GetFiles(_folder.Path, "first-admin-key", SearchOption.AllDirectories));
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes((await File.ReadAllTextAsync(file, Token)).Trim()));
        var key = Assert.Single((await TenantsAsync()).Tenants.SelectMany(tenant => tenant.Keys), key => key.Hash.Span.SequenceEqual(hash));
        Assert.Contains("admin", key.Scopes);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        File.Delete(file);
        await _control.DisposeAsync();
        _control = await ControlHost.StartAsync(_folder, _database.ConnectionString, environment: "Production");
        Assert.Empty(Directory.GetFiles(_folder.Path, "first-admin-key", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Records_with_names_that_no_database_holds_are_kept_cleaned()
    {
        SkipUnlessThere();
        var record = Record("nul", 5, tenant: "t5", status: 404);
        record.Model = "gpt\0" + new string('x', 5000);
        await _control.AppendAsync(record);
        await Eventually.TrueAsync(async () => (await _control.Admin.GetAsync("/admin/requests/nul", Token)).IsSuccessStatusCode);
        var model = (await _control.GetAsync("/admin/requests/nul")).GetProperty("model").GetString()!;
        Assert.StartsWith("gpt x", model, StringComparison.Ordinal);
        Assert.Equal(200, model.Length);
    }

    [Fact]
    public async Task Admin_wants_the_scope_and_every_path_is_described()
    {
        SkipUnlessThere();
        using var client = _control.Client("answers");
        var refused = await ControlHost.ReadAsync(await client.GetAsync("/admin/tenants", Token), 403);
        Assert.Equal("insufficient_scope", refused.GetProperty("error").GetProperty("code").GetString());
        var paths = (await _control.GetAsync("/admin/openapi.json")).GetProperty("paths");
        foreach (var path in new[]
        {
            "/admin/tenants", "/admin/tenants/{id}", "/admin/tenants/{id}/keys", "/admin/tenants/{id}/keys/{key_id}", "/admin/releases", "/admin/releases/{name}",
            "/admin/releases/{name}/activate", "/admin/releases/history", "/admin/kpis", "/admin/slo", "/admin/events", "/admin/requests", "/admin/requests/{id}",
        })
            Assert.True(paths.TryGetProperty(path, out _), $"{path} is not described: {string.Join(' ', paths.EnumerateObject().Select(item => item.Name))}");
        var flags = await ControlHost.ReadAsync(await _control.Admin.GetAsync("/ofrep/v1/evaluate/flags/x", Token), 404);
        Assert.Equal("flags_unavailable", flags.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("/admin/tenants", """{"id":"Has Spaces"}""", 400, "id")]
    [InlineData("/admin/tenants", """{"name":"no id"}""", 400, "id")]
    [InlineData("/admin/tenants", """{"id":"x","requests_per_minute":-1}""", 400, "requests_per_minute")]
    [InlineData("/admin/tenants", """{"id":"x","requests_per_minute":"many"}""", 400, "requests_per_minute")]
    [InlineData("/admin/tenants", """{"id":"x","unknown":1}""", 400, "unknown")]
    [InlineData("/admin/tenants", """{"id":""", 400, "id")]
    [InlineData("/admin/tenants/nobody/keys", """{"name":"k"}""", 404, null)]
    [InlineData("/admin/tenants/dev/keys", """{"name":"k","scopes":["root"]}""", 400, "scopes")]
    [InlineData("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":[]}""", 400, "models")]
    [InlineData("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m"],"search":{"mode":"psychic"}}""", 400, "search.mode")]
    [InlineData("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m"],"search":{"limit":1000}}""", 400, "search.limit")]
    [InlineData("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m"],"review_below_confidence":2}""", 400, "review_below_confidence")]
    [InlineData("/admin/releases/unknown/activate", """{"reason":"r"}""", 404, null)]
    [InlineData("/admin/releases/baseline/activate", "{}", 400, "reason")]
    public async Task What_an_admin_sends_wrong_is_named(string path, string body, int status, string? param)
    {
        SkipUnlessThere();
        using var response = await _control.Admin.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Token);
        var error = (await ControlHost.ReadAsync(response, status)).GetProperty("error");
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.DoesNotContain("Exception", error.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/admin/kpis?window=7")]
    [InlineData("/admin/kpis?window=x")]
    [InlineData("/admin/kpis?group_by=colour")]
    [InlineData("/admin/kpis?from=yesterday")]
    [InlineData("/admin/kpis?from=2000-01-01T00:00:00Z")]
    [InlineData("/admin/kpis?from=9998-01-01T00:00:00Z")]
    [InlineData("/admin/kpis?to=2026-01-01T00:00:00Z")]
    [InlineData("/admin/kpis?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z")]
    [InlineData("/admin/kpis?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&window=5")]
    [InlineData("/admin/kpis?from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z&step=5")]
    [InlineData("/admin/kpis?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&step=0")]
    [InlineData("/admin/kpis?format=xml")]
    [InlineData("/admin/events?limit=201")]
    [InlineData("/admin/events?before=x")]
    [InlineData("/admin/requests?limit=0")]
    [InlineData("/admin/requests?status=bad")]
    public async Task A_bad_query_is_refused(string path)
    {
        SkipUnlessThere();
        var error = (await _control.GetAsync(path, 400)).GetProperty("error");
        Assert.NotNull(error.GetProperty("param").GetString());
    }

    private async Task<TenantSet> TenantsAsync()
    {
        using var call = _control.Grpc.WatchTenants(new WatchRequest(), ControlHost.Key, cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));
        return call.ResponseStream.Current;
    }

    private async Task<System.Text.Json.JsonElement> KpisAsync(string query, long requests)
    {
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/admin/kpis?" + query)).GetProperty("total").GetProperty("requests").GetInt64() >= requests);
        return await _control.GetAsync("/admin/kpis?" + query);
    }

    private async Task<byte[]> ReadFilesAsync()
    {
        var all = new MemoryStream();
        foreach (var path in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await file.CopyToAsync(all, Token);
        }

        return all.ToArray();
    }

    private static async Task UntilAsync<T>(IAsyncStreamReader<T> stream, Func<T, bool> wanted)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (await stream.MoveNext(patience.Token))
        {
            if (wanted(stream.Current)) return;
        }

        Assert.Fail("The stream ended before the state came.");
    }

    private static RequestRecord Record(string id, double milliseconds, string tenant = "acme", string cache = "miss", int status = 200) => new()
    {
        RequestId = id,
        Tenant = tenant,
        Route = "answers",
        Release = "baseline",
        TimeUnixMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        Status = status,
        ErrorCode = status == 200 ? "" : "service_unavailable",
        Model = "extractive",
        Provider = "extractive",
        Cache = cache,
        StageMs = { ["retrieval"] = milliseconds / 2 },
        TotalMs = milliseconds,
        Usage = new Usage { PromptTokens = 10, CompletionTokens = 5 },
        CostUsd = 0.001,
        Confidence = 0.9,
    };
}
