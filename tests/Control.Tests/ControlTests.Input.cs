using System.Net.Http.Headers;
using System.Text;
using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Control.Tests;

/// <summary>What admins and services send wrong, field by field: one host for all of it.</summary>
public abstract partial class ControlTests<TDatabase>
{
    private static readonly string Long = new('x', 3000);

    private static readonly (string Path, string Body, string? Param)[] BadBodies =
    [
        ("/admin/tenants", """{"id":null}""", "id"),
        ("/admin/tenants", """{"id":"line-break\n"}""", "id"),
        ("/admin/tenants", """{"id":"nul\u0000"}""", "id"),
        ("/admin/tenants", """{"id":"-first"}""", "id"),
        ("/admin/tenants", """{"id":"../up"}""", "id"),
        ("/admin/tenants", $$"""{"id":"{{new string('x', 65)}}"}""", "id"),
        ("/admin/tenants", """{"id":5}""", "id"),
        ("/admin/tenants", """{"id":"a","name":""}""", "name"),
        ("/admin/tenants", """{"id":"a","name":"nul\u0000"}""", "name"),
        ("/admin/tenants", """{"id":"a","name":"half \ud83e"}""", "name"),
        ("/admin/tenants", $$"""{"id":"a","name":"{{Long}}"}""", "name"),
        ("/admin/tenants", """{"id":"a","requests_per_minute":10000001}""", "requests_per_minute"),
        ("/admin/tenants", """{"id":"a","requests_per_minute":1.5}""", "requests_per_minute"),
        ("/admin/tenants", """{"id":"a","requests_per_minute":"5"}""", "requests_per_minute"),
        ("/admin/tenants", """{"id":"a","requests_per_minute":99999999999999999999}""", "requests_per_minute"),
        ("/admin/tenants", """{"id":"a","requestsPerMinute":5}""", "requestsPerMinute"),
        ("/admin/tenants", "null", null),
        ("/admin/tenants", "", null),
        ("/admin/tenants", "[]", null),
        ("/admin/tenants", "{", null),
        ("/admin/tenants", "\u00ff\u00fe", null),
        ("/admin/tenants/dev/keys", "{}", "name"),
        ("/admin/tenants/dev/keys", """{"name":""}""", "name"),
        ("/admin/tenants/dev/keys", $$"""{"name":"{{Long}}"}""", "name"),
        ("/admin/tenants/dev/keys", """{"name":"k","scopes":[]}""", "scopes"),
        ("/admin/tenants/dev/keys", """{"name":"k","scopes":["answers","answers"]}""", "scopes"),
        ("/admin/tenants/dev/keys", """{"name":"k","scopes":[null]}""", "scopes"),
        ("/admin/tenants/dev/keys", """{"name":"k","scopes":"admin"}""", "scopes"),
        ("/admin/releases", """{"prompt":"p","prompt_version":"1","models":["m"]}""", "name"),
        ("/admin/releases", """{"name":"n","prompt_version":"1","models":["m"]}""", "prompt"),
        ("/admin/releases", """{"name":"n","prompt":"p","models":["m"]}""", "prompt_version"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"../1","models":["m"]}""", "prompt_version"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1"}""", "models"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["1","2","3","4","5","6","7","8","9"]}""", "models"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m",""]}""", "models[1]"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m",null]}""", "models[1]"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m",7]}""", "models[1]"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m"],"search":{"limit":0}}""", "search.limit"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m"],"search":{"depth":1}}""", "search.depth"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m"],"search":[]}""", "search"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m"],"review_below_confidence":-0.01}""", "review_below_confidence"),
        ("/admin/releases", """{"name":"n","prompt":"p","prompt_version":"1","models":["m"],"review_below_confidence":"NaN"}""", "review_below_confidence"),
        ("/admin/releases", $$"""{"name":"n","prompt":"p","prompt_version":"1","models":["m"],"description":"{{Long}}"}""", "description"),
        ("/admin/releases/baseline/activate", """{"reason":""}""", "reason"),
        ("/admin/releases/baseline/activate", $$"""{"reason":"{{Long}}"}""", "reason"),
        ("/admin/releases/baseline/activate", """{"why":"x"}""", "why"),
    ];

    [Fact]
    public async Task Each_field_of_a_body_is_checked_and_named_and_nothing_is_made()
    {
        SkipUnlessThere();
        var before = (await _control.GetAsync("/admin/tenants")).GetRawText() + (await _control.GetAsync("/admin/releases")).GetRawText() + (await _control.GetAsync("/admin/tenants/dev/keys")).GetRawText();
        var wrong = new List<string>();
        foreach (var (path, body, param) in BadBodies)
        {
            using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await _control.Admin.PostAsync(path, content, Token);
            var text = await response.Content.ReadAsStringAsync(Token);
            if ((int)response.StatusCode != 400 || !IsError(text, param)) wrong.Add($"{path} {body[..Math.Min(body.Length, 120)]}: {(int)response.StatusCode} {text}");
        }

        Assert.Empty(wrong);
        var after = (await _control.GetAsync("/admin/tenants")).GetRawText() + (await _control.GetAsync("/admin/releases")).GetRawText() + (await _control.GetAsync("/admin/tenants/dev/keys")).GetRawText();
        Assert.Equal(before, after);
    }

    [Fact]
    public async Task Each_parameter_of_a_query_is_checked_and_named()
    {
        SkipUnlessThere();
        var wrong = new List<string>();
        foreach (var (path, param) in new[]
        {
            ("/admin/kpis?window=0", "window"), ("/admin/kpis?window=", "window"), ("/admin/kpis?window=5.0", "window"), ("/admin/kpis?window=99999999999", "window"),
            ("/admin/kpis?group_by=route,planet", "group_by"), ("/admin/kpis?tenant=%00", "tenant"), ("/admin/kpis?route=" + Long, "route"), ("/admin/kpis?release=%01", "release"),
            ("/admin/requests?limit=201", "limit"), ("/admin/requests?limit=-1", "limit"), ("/admin/requests?limit=ten", "limit"), ("/admin/requests?before=x", "before"),
            ("/admin/requests?before=-1", "before"), ("/admin/requests?before=99999999999999999999", "before"), ("/admin/requests?status=600", "status"), ("/admin/requests?status=4yy", "status"),
            ("/admin/requests?degraded=perhaps", "degraded"), ("/admin/requests?review=2", "review"), ("/admin/requests?tenant=%00", "tenant"), ("/admin/requests?route=a%00b", "route"),
            ("/admin/requests?release=" + Long, "release"), ("/admin/requests/x?tenant=%00", "tenant"), ("/admin/releases/history?limit=0", "limit"), ("/admin/releases/history?limit=all", "limit"),
        })
        {
            using var response = await _control.Admin.GetAsync(path, Token);
            var text = await response.Content.ReadAsStringAsync(Token);
            if ((int)response.StatusCode != 400 || !IsError(text, param)) wrong.Add($"{path[..Math.Min(path.Length, 80)]}: {(int)response.StatusCode} {text}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task What_is_not_there_or_not_done_is_answered_in_the_error_shape()
    {
        SkipUnlessThere();
        foreach (var (method, path, status, code) in new[]
        {
            ("GET", "/admin/nothing", 404, "not_found"), ("GET", "/admin/tenants/nobody", 404, "tenant_not_found"), ("GET", "/admin/tenants/nobody/keys", 404, "tenant_not_found"),
            ("DELETE", "/admin/tenants/dev/keys/key_unknown", 404, "key_not_found"), ("GET", "/admin/releases/none", 404, "release_not_found"), ("GET", "/admin/requests/none", 404, "request_not_found"),
            ("DELETE", "/admin/kpis", 405, "method_not_allowed"), ("PUT", "/admin/tenants/dev", 405, "method_not_allowed"),
            ("GET", "/ofrep", 404, "flags_unavailable"), ("POST", "/ofrep/v1/evaluate/flags", 404, "flags_unavailable"),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            var error = (await ControlHost.ReadAsync(await _control.Admin.SendAsync(request, Token), status)).GetProperty("error");
            Assert.Equal(code, error.GetProperty("code").GetString());
        }

        foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded" })
        {
            using var content = new StringContent("""{"id":"a"}""", Encoding.UTF8, type);
            var error = (await ControlHost.ReadAsync(await _control.Admin.PostAsync("/admin/tenants", content, Token), 415)).GetProperty("error");
            Assert.Equal("unsupported_media_type", error.GetProperty("code").GetString());
        }

        await _control.PostAsync("/admin/tenants", new { id = "once" });
        var exists = (await _control.PostAsync("/admin/tenants", new { id = "once" }, 409)).GetProperty("error");
        Assert.Equal(("tenant_exists", "id"), (exists.GetProperty("code").GetString(), exists.GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Feedback_that_is_wrong_is_refused_and_the_last_word_counts()
    {
        SkipUnlessThere();
        await _control.AppendAsync(Record("judged", 5));
        foreach (var (rating, comment, id, param) in new[] { (0, "", "judged", "rating"), (2, "", "judged", "rating"), (1, Long, "judged", "comment"), (1, "", "", "request_id"), (1, "", new string('x', 65), "request_id") })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => FeedbackAsync("acme", id, rating, comment));
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
            Assert.Equal(param, ServiceError.From(refused)!.Param);
        }

        // A request belongs to its tenant: another cannot judge it, nor learn that it is there.
        var stranger = await Assert.ThrowsAsync<RpcException>(() => FeedbackAsync("beta", "judged", 1, ""));
        Assert.Equal(StatusCode.NotFound, stranger.StatusCode);

        await FeedbackAsync("acme", "judged", 1, "good");
        await FeedbackAsync("acme", "judged", -1, "no: it\u0000 was wrong");
        await Eventually.TrueAsync(async () => (await _control.Admin.GetAsync("/admin/requests/judged", Token)).IsSuccessStatusCode);
        var feedback = (await _control.GetAsync("/admin/requests/judged")).GetProperty("feedback");
        Assert.Equal((-1, "no: it  was wrong"), (feedback.GetProperty("rating").GetInt32(), feedback.GetProperty("comment").GetString()));
    }

    [Fact]
    public async Task Records_with_rubbish_in_them_are_counted_and_kept_cut_to_size()
    {
        SkipUnlessThere();
        var rubbish = Record("rub\u0000bish", double.NaN, tenant: "t9", status: 503);
        rubbish.Model = new string('m', 100_000) + "\u0000";
        rubbish.ErrorCode = "nul\u0000";
        rubbish.CostUsd = double.PositiveInfinity;
        rubbish.Confidence = double.NaN;
        rubbish.TimeUnixMs = long.MaxValue;
        rubbish.StageMs["nul\u0000"] = double.NegativeInfinity;
        rubbish.StageMs["model"] = double.MaxValue;
        rubbish.Degraded.AddRange(Enumerable.Range(0, 100).Select(i => $"stage{i}=rung\u0000"));
        var old = Record("old", 1, tenant: "t9");
        old.TimeUnixMs = 1;
        await _control.AppendAsync(rubbish, old, new RequestRecord(), new RequestRecord { Tenant = "t9", RequestId = "empty" });
        var figures = (await KpisAsync("window=5&tenant=t9", 3)).GetProperty("total");
        Assert.Equal(0.001, figures.GetProperty("cost_usd").GetDouble(), 6);
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/admin/requests?tenant=t9&status=failed")).GetProperty("requests").GetArrayLength() == 1);
        var kept = (await _control.GetAsync("/admin/requests?tenant=t9&status=failed")).GetProperty("requests")[0];
        Assert.Equal("rub bish", kept.GetProperty("request_id").GetString());
        Assert.Equal(200, kept.GetProperty("model").GetString()!.Length);
    }

    private Task FeedbackAsync(string tenant, string id, int rating, string comment) =>
        _control.Grpc.SubmitFeedbackAsync(new SubmitFeedbackRequest { Tenant = tenant, RequestId = id, Rating = rating, Comment = comment }, ControlHost.Key, cancellationToken: Token).ResponseAsync;

    private static bool IsError(string text, string? param)
    {
        if (text.Length is 0 or > 600 || text.Contains("Exception", StringComparison.Ordinal) || text.Contains("Slipway", StringComparison.Ordinal)) return false;
        var error = System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("error");
        return error.GetProperty("param").GetString() == param && error.GetProperty("message").GetString()!.Length > 0 && error.GetProperty("code").GetString()!.Length > 0;
    }
}
