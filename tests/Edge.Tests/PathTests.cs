using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Edge.Tests;

/// <summary>Paths, methods and headers that try to get around the gateway, as bytes on a socket: a client library would tidy them first.</summary>
public sealed class PathTests : IAsyncLifetime
{
    private EdgeHost _edge = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _edge = await EdgeHost.StartAsync();

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    [Theory]
    [InlineData("/v1/../admin/tenants")]
    [InlineData("/v1/%2e%2e/admin/tenants")]
    [InlineData("/v1/./../admin/tenants")]
    [InlineData("/ADMIN/tenants")]
    [InlineData("/%61dmin/tenants")]
    [InlineData("/admin")]
    [InlineData("/admin/")]
    [InlineData("/admin/?x=/v1")]
    public async Task A_key_without_the_scope_reaches_admin_by_no_spelling(string target)
    {
        Assert.StartsWith("HTTP/1.1 403", await SendAsync("GET", target, EdgeHost.Key), StringComparison.Ordinal);
        Assert.Empty(_edge.Behind.Requests);
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/V1/models")]
    [InlineData("/v1")]
    [InlineData("/%76%31/models")]
    [InlineData("/admin/tenants")]
    [InlineData("/ofrep/v1/evaluate/flags")]
    public async Task Without_a_key_nothing_passes_by_any_spelling(string target)
    {
        Assert.StartsWith("HTTP/1.1 401", await SendAsync("GET", target, key: null), StringComparison.Ordinal);
        Assert.Empty(_edge.Behind.Requests);
    }

    [Theory]
    [InlineData("GET", "//v1/models")]
    [InlineData("GET", "//admin/tenants")]
    [InlineData("GET", "/v1%2fmodels")]
    [InlineData("GET", "/v1;x/models")]
    [InlineData("GET", "/v10/models")]
    [InlineData("GET", "http://elsewhere.example/nothing")]
    [InlineData("OPTIONS", "*")]
    [InlineData("CONNECT", "elsewhere.example:443")]
    [InlineData("BREW", "/coffee")]
    public async Task What_is_no_path_of_an_owner_reaches_nobody(string method, string target)
    {
        Assert.StartsWith("HTTP/1.1 40", await SendAsync(method, target, EdgeHost.AdminKey), StringComparison.Ordinal);
        Assert.Empty(_edge.Behind.Requests);
    }

    [Fact]
    public async Task An_absolute_target_decides_nothing_about_where_the_request_goes()
    {
        Assert.StartsWith("HTTP/1.1 200", await SendAsync("GET", "http://elsewhere.example/v1/models", EdgeHost.Key), StringComparison.Ordinal);
        var seen = Assert.Single(_edge.Behind.Requests);
        Assert.Equal("/v1/models", seen.Path);
        Assert.DoesNotContain("elsewhere", seen.Headers["host"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_that_are_named_twice_in_other_cases_or_as_hop_by_hop_forge_nothing()
    {
        var forged = "X-SLIPWAY-TENANT: ops\r\nx-slipway-tenant: ops\r\nX-Slipway-Scopes: admin\r\nx-slipway-internal-key: a\r\nX-SLIPWAY-INTERNAL-KEY: b\r\nConnection: x-slipway-tenant, x-slipway-scopes\r\n";
        Assert.StartsWith("HTTP/1.1 200", await SendAsync("GET", "/v1/models", EdgeHost.Key, forged), StringComparison.Ordinal);
        var seen = Assert.Single(_edge.Behind.Requests);
        Assert.Equal(("acme", "answers"), (seen.Headers["x-slipway-tenant"], seen.Headers["x-slipway-scopes"]));
        Assert.Equal(Testing.WellKnown.InternalKey, seen.Headers["x-slipway-internal-key"]);
    }

    [Theory]
    [InlineData("Authorization: Bearer KEY\r\nAuthorization: Bearer KEY\r\n", 401)]
    [InlineData("Authorization: Bearer KEY, Bearer KEY\r\n", 401)]
    [InlineData("Authorization: Basic KEY\r\n", 401)]
    [InlineData("Authorization: KEY\r\n", 401)]
    [InlineData("Authorization: Bearer\r\n", 401)]
    [InlineData("Authorization: bearer   KEY  \r\n", 200)]
    [InlineData("API-Key: KEY\r\n", 200)]
    [InlineData("api-key: KEY\r\nAuthorization: Basic dXNlcjpwYXNz\r\n", 200)]
    public async Task A_key_is_taken_in_the_two_ways_that_are_documented(string headers, int status)
    {
        var answer = await SendAsync("GET", "/v1/models", key: null, headers.Replace("KEY", EdgeHost.Key, StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 " + status, answer, StringComparison.Ordinal);
        Assert.DoesNotContain(EdgeHost.Key, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_any_length_and_bytes_is_just_unknown()
    {
        foreach (var key in new[] { new string('k', 257), new string('k', 20_000), "sk-slipway-\u00ff", "sk slipway", EdgeHost.Key + "x", EdgeHost.Key[..^1], EdgeHost.Key.ToUpperInvariant() })
        {
            var answer = await SendAsync("GET", "/v1/models", key);
            // Kestrel refuses bytes that are not ASCII or UTF-8 before the edge sees them.
            Assert.True(answer.StartsWith("HTTP/1.1 401", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), answer);
        }

        Assert.Empty(_edge.Behind.Requests);
    }

    [Fact]
    public async Task A_request_that_claims_two_lengths_is_refused()
    {
        var smuggled = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n";
        var answer = await SendAsync("POST", "/v1/answers", EdgeHost.Key, smuggled, "0\r\n\r\nGET /admin/tenants HTTP/1.1\r\n\r\n");
        // RFC 9112, 6.3: chunked wins, and the connection must not be used for what follows; refusing is allowed too.
        Assert.Matches("^HTTP/1.1 (200|400)", answer);
        Assert.DoesNotContain(_edge.Behind.Requests, seen => seen.Path.StartsWith("/admin", StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 400", await SendAsync("POST", "/v1/answers", EdgeHost.Key, "Content-Length: 4\r\nContent-Length: 5\r\n", "12345"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_request_gets_the_head_of_the_error_alone()
    {
        var answer = await SendAsync("HEAD", "/v1/models", key: null);
        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    private async Task<string> SendAsync(string method, string target, string? key, string headers = "", string body = "")
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _edge.Address.Port, Token);
        var stream = client.GetStream();
        var authority = method == "CONNECT" ? target : target.StartsWith("http://", StringComparison.Ordinal) ? new Uri(target).Authority : "localhost";
        var close = headers.Contains("Connection:", StringComparison.OrdinalIgnoreCase) ? "" : "Connection: close\r\n";
        var authorization = key is null ? "" : $"Authorization: Bearer {key}\r\n";
        var answer = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"{method} {target} HTTP/1.1\r\nHost: {authority}\r\n{close}{authorization}{headers}\r\n{body}"), Token);
            var buffer = new byte[8192];
            int read;
            while ((read = await stream.ReadAsync(buffer, Token)) > 0)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
                if (close.Length == 0 && answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal)) break;
            }
        }
        catch (IOException)
        {
            // Reset once the answer was sent.
        }

        return answer.ToString();
    }
}
