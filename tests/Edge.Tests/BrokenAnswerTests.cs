using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Testing;

namespace Slipway.Edge.Tests;

/// <summary>Services that fail on the way, and what the edge remembers of the last run.</summary>
public sealed class BrokenAnswerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_that_breaks_off_in_the_middle_does_not_look_whole()
    {
        await using var edge = await EdgeHost.StartAsync();
        var go = new SemaphoreSlim(0);
        edge.Behind.Answer = async http =>
        {
            await http.Response.WriteAsync("data: first\n\n");
            await http.Response.Body.FlushAsync();
            await go.WaitAsync();
            http.Abort();
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { }) };
        using var response = await edge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(200, (int)response.StatusCode);
        go.Release();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(Token));
        edge.Behind.Answer = http => http.Response.WriteAsync("{}");
        using var next = await edge.Http.AskAsync();
        Assert.Equal(200, (int)next.StatusCode);
    }

    [Fact]
    public async Task A_service_that_says_nothing_for_too_long_gives_504_and_is_let_go()
    {
        await using var edge = await EdgeHost.StartAsync(settings: new() { ["Slipway:Edge:SilenceSeconds"] = "0.2" });
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        edge.Behind.Answer = http =>
        {
            http.RequestAborted.Register(() => gone.TrySetResult());
            return gone.Task;
        };
        using var response = await edge.Http.AskAsync();
        var error = await response.ErrorAsync(504, "timeout");
        Assert.Equal("server_error", error.GetProperty("type").GetString());
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task An_error_of_the_edge_has_no_second_request_id_and_keeps_the_quota_headers()
    {
        await using var edge = await EdgeHost.StartAsync(settings: new() { ["services:assistant:http:0"] = "http://127.0.0.1:9" });
        var request = edge.Request(HttpMethod.Get, "/v1/models", EdgeHost.LimitedKey);
        request.Headers.Add("x-slipway-request-id", "my-request-0002");
        using var response = await edge.SendAsync(request);
        await response.ErrorAsync(503, "service_unavailable");
        Assert.Equal(["my-request-0002"], response.Headers.GetValues("x-slipway-request-id"));
        Assert.Equal(["3"], response.Headers.GetValues("x-ratelimit-limit-requests"));
    }

    [Fact]
    public async Task Of_several_services_one_that_is_away_costs_only_the_first_requests()
    {
        await using var edge = await EdgeHost.StartAsync(settings: new() { ["services:assistant:http:1"] = "http://127.0.0.1:9" });
        for (var failures = 0; ;)
        {
            using var response = await edge.Http.AskAsync();
            if (response.StatusCode == HttpStatusCode.OK)
            {
                if (edge.Behind.Requests.Count >= 20) break;
                continue;
            }

            await response.ErrorAsync(503, "service_unavailable");
            Assert.True(++failures < 20, "The one that is away is asked again and again.");
        }
    }

    [Fact]
    public async Task The_local_key_of_a_development_run_is_not_good_in_the_production_run_after_it()
    {
        using var folder = new TempFolder();
        await using (var development = await EdgeHost.StartAsync(folder, environment: "Development"))
        {
            using var works = await development.SendAsync(development.Request(HttpMethod.Get, "/v1/models", "sk-slipway-dev"));
            Assert.Equal(200, (int)works.StatusCode);
        }

        foreach (var environment in new[] { "Production", "Staging", "development-like" })
        {
            await using var edge = await EdgeHost.StartAsync(folder, environment, control: false);
            using var refused = await edge.SendAsync(edge.Request(HttpMethod.Get, "/v1/models", "sk-slipway-dev"));
            await refused.ErrorAsync(401, "invalid_api_key");
            using var known = await edge.Http.AskAsync();
            Assert.Equal(200, (int)known.StatusCode);
        }
    }

    [Fact]
    public async Task A_file_of_the_last_run_that_is_rubbish_counts_as_none()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("edge"));
        foreach (var name in new[] { "tenants", "releases" }) await File.WriteAllBytesAsync(folder.File($"edge/{name}.lastknown"), [0xff, 0xff, 0xff, 0x01], Token);
        await using var edge = await EdgeHost.StartAsync(folder, control: false);
        using var response = await edge.Http.AskAsync();
        await response.ErrorAsync(503, "not_ready");
    }

    [Fact]
    public async Task The_consoles_port_says_that_there_is_no_console()
    {
        await using var edge = await OnPortAsync();
        foreach (var path in new[] { "/", "/v1/models", "/admin/tenants" })
        {
            using var response = await edge.SendAsync(edge.Request(HttpMethod.Get, path, EdgeHost.AdminKey));
            await response.ErrorAsync(404, "console_not_available");
        }

        Assert.Empty(edge.Behind.Requests);
    }

    [Fact]
    public async Task Keys_and_questions_are_in_no_log()
    {
        var logs = new Lines();
        await using var edge = await EdgeHost.StartAsync(logs: logs);
        using var good = await edge.Http.PostAsJsonAsync("/v1/answers", new { question = "a-secret-question" }, Token);
        using var unknown = await edge.SendAsync(edge.Request(HttpMethod.Get, "/v1/models", "sk-slipway-not-known"));
        edge.Behind.Answer = http =>
        {
            http.Abort();
            return Task.CompletedTask;
        };
        using var failed = await edge.Http.PostAsJsonAsync("/v1/answers", new { question = "a-secret-question" }, Token);
        Assert.NotEmpty(logs.All);
        foreach (var secret in new[] { EdgeHost.Key, "sk-slipway", "a-secret-question", WellKnown.InternalKey })
            Assert.DoesNotContain(logs.All, line => line.Contains(secret, StringComparison.Ordinal));
    }

    /// <summary>The console's port must be known before the edge starts: a free one, and another if somebody else was faster.</summary>
    private static async Task<EdgeHost> OnPortAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            try
            {
                return await EdgeHost.StartAsync(port: port, settings: new() { ["Slipway:Edge:ConsolePort"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture) });
            }
            catch (IOException) when (attempt < 10)
            {
                // Taken meanwhile.
            }
        }
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

        public string[] All => [.. _lines];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
