using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Retrieval.Tests.Support;
using Xunit;

namespace Slipway.Retrieval.Tests.Elasticsearch;

/// <summary>A request that came.</summary>
internal sealed record FakeRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query, string Body, string Accept, string ContentType)
{
    /// <summary>The operation: the last word of the path that begins with an underscore, or the method.</summary>
    public string Operation => Path.Split('/').LastOrDefault(segment => segment.StartsWith('_')) ?? Method;
}

/// <summary>What a fault makes of a request.</summary>
internal sealed record FakeFault(int Status = 500, string Type = "fault", string Reason = "a fault that the test makes")
{
    /// <summary>The header Retry-After.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>The connection ends in the middle of the answer.</summary>
    public bool Cut { get; init; }

    /// <summary>There is no answer until the caller gives up.</summary>
    public bool Hang { get; init; }
}

/// <summary>
/// An Elasticsearch of one node, as far as Slipway uses it, over HTTP on a port of its own. It keeps what is written, shows it after a refresh, finds exact neighbours and ranks with BM25. Every request is
/// checked against the official description, where that is at hand, and so is every answer: what does not fit fails the test when the fake is disposed of. It can be stopped and started with or
/// without its data, and be told to fail. It is no Elasticsearch: what the real one does beyond its description is not known here.
/// </summary>
internal sealed partial class FakeElastic : IAsyncDisposable
{
    public const string Password = "elastic-test";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, FakeIndex> _indexes = new(StringComparer.Ordinal);
    private readonly List<FakeRequest> _requests = [];
    private readonly List<string> _violations = [];
    private WebApplication? _app;

    private FakeElastic(string version) => Version = version;

    public string Version { get; }

    public int Port { get; } = VectorsServer.FreePort();

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"http://elastic:{Password}@127.0.0.1:{Port}");

    /// <summary>Says what becomes of a request; null for the usual.</summary>
    public Func<FakeRequest, FakeFault?>? Fault { get; set; }

    /// <summary>Says what becomes of an item of a bulk request; null for the usual.</summary>
    public Func<string, FakeError?>? ItemFault { get; set; }

    /// <summary>What it says that it is.</summary>
    public string? Product { get; set; } = "Elasticsearch";

    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_gate) return [.. _requests];
        }
    }

    /// <summary>What did not fit the description.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_gate) return [.. _violations];
        }
    }

    public static async Task<FakeElastic> StartAsync(string version = "9.1.4")
    {
        var fake = new FakeElastic(version);
        await fake.StartAsync();
        return fake;
    }

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync();
    }

    /// <summary>Ends as a process does: connections are cut.</summary>
    public async Task StopAsync()
    {
        if (_app is not { } app) return;
        _app = null;
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    public void LoseData()
    {
        lock (_gate) _indexes.Clear();
    }

    public IReadOnlyList<string> IndexNames()
    {
        lock (_gate) return [.. _indexes.Keys.Order(StringComparer.Ordinal)];
    }

    public FakeIndex Index(string name)
    {
        lock (_gate) return _indexes[name];
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Assert.Empty(Violations);
    }

    private async Task HandleAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var request = new FakeRequest(
            http.Request.Method, http.Request.Path.Value!, http.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal), await reader.ReadToEndAsync(),
            http.Request.Headers.Accept.ToString(), http.Request.ContentType ?? "");
        lock (_gate)
        {
            _requests.Add(request);
            if (ElasticApi.Description is { } api) _violations.AddRange(api.CheckRequest(request.Method, request.Path, request.Query, request.Body));
        }

        var (status, body) = (200, "");
        var fault = Fault?.Invoke(request);
        if (fault is { Hang: true })
        {
            var gone = new TaskCompletionSource();
            http.RequestAborted.Register(gone.SetResult);
            await gone.Task;
            return;
        }

        if (Product is { } product) http.Response.Headers["X-Elastic-Product"] = product;
        if (fault is null or { Cut: true })
        {
            try
            {
                CheckHeaders(http, request);
                lock (_gate) body = Answer(request).ToJsonString();
            }
            catch (FakeError error)
            {
                (status, body) = (error.Status, error.ToJson().ToJsonString());
            }
        }
        else
        {
            (status, body) = (fault.Status, new FakeError(fault.Status, fault.Type, fault.Reason).ToJson().ToJsonString());
            if (fault.RetryAfter is { } wait) http.Response.Headers.RetryAfter = wait;
        }

        if (status == 200 && ElasticApi.Description is { } described)
        {
            lock (_gate) _violations.AddRange(described.CheckAnswer(request.Method, request.Path, body));
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = request.Accept;
        http.Response.ContentLength = Encoding.UTF8.GetByteCount(body);
        if (fault is { Cut: true })
        {
            await http.Response.WriteAsync(body[..(body.Length / 2)]);
            await http.Response.Body.FlushAsync();
            http.Abort();
            return;
        }

        await http.Response.WriteAsync(body);
    }

    private void CheckHeaders(HttpContext http, FakeRequest request)
    {
        if (http.Request.Headers.Authorization != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("elastic:" + Password)))
            throw new FakeError(401, "security_exception", "missing authentication credentials for REST request");
        var major = int.Parse(Version.Split('.')[0], CultureInfo.InvariantCulture);
        foreach (var type in (ReadOnlySpan<string>)[request.Accept, request.ContentType])
        {
            if (!type.Contains("compatible-with=", StringComparison.Ordinal)) continue;
            var asked = int.Parse(type.Split("compatible-with=")[1], CultureInfo.InvariantCulture);
            if (asked > major || asked < major - 1) throw new FakeError(400, "media_type_header_exception", $"Invalid media-type value on headers [{type}]");
        }

        if (request.Path != "/" && !request.Accept.StartsWith("application/vnd.elasticsearch+json; compatible-with=", StringComparison.Ordinal)) _violations.Add($"{request.Method} {request.Path}: Accept is {request.Accept}.");
        var kind = request.Operation == "_bulk" ? "x-ndjson" : "json";
        if (request.Body.Length > 0 && !request.ContentType.StartsWith($"application/vnd.elasticsearch+{kind}; compatible-with=", StringComparison.Ordinal))
            _violations.Add($"{request.Method} {request.Path}: Content-Type is {request.ContentType}.");
    }
}
