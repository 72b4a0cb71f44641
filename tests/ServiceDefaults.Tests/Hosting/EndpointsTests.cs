using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Tests.Support;

namespace Slipway.ServiceDefaults.Tests.Hosting;

public sealed class EndpointsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_speaks_HTTP_1_at_one_port_and_gRPC_at_another_both_on_loopback()
    {
        await using var service = await TestService.StartAsync(
            builder => builder.Services.AddSingleton<FakeCache>(),
            app =>
            {
                app.MapGrpcService<FakeCache>();
                app.MapGet("/protocol", (Microsoft.AspNetCore.Http.HttpRequest request) => request.Protocol);
            });

        Assert.NotEqual(service.HttpAddress.Port, service.GrpcAddress.Port);
        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(service.HttpAddress.Host)));
        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(service.GrpcAddress.Host)));
        Assert.Equal("HTTP/1.1", await service.Http().GetStringAsync("/protocol", Token));
        await service.Client().LookupAsync(new LookupRequest(), cancellationToken: Token);
    }

    [Fact]
    public async Task The_server_does_not_tell_its_name()
    {
        await using var service = await TestService.StartAsync();

        using var response = await service.Http().GetAsync("/health", Token);

        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("-1")]
    [InlineData("65536")]
    public void A_wrong_port_is_named(string port)
    {
        var builder = TestService.Builder(("GRPC_PORT", port));

        var exception = Assert.Throws<InvalidOperationException>(() => builder.AddServiceDefaults());

        Assert.Contains($"GRPC_PORT is '{port}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_asks_all_checks_and_alive_only_whether_the_process_is_well()
    {
        await using var service = await TestService.StartAsync(
            builder => builder.Services.AddHealthChecks().AddCheck("engine", () => HealthCheckResult.Unhealthy("the host is db-1.internal")));

        using var health = await service.Http(key: null).GetAsync("/health", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        // One word: why is in the log, not in an answer that anybody may read.
        Assert.Equal("Unhealthy", await health.Content.ReadAsStringAsync(Token));
        Assert.Equal("Healthy", await service.Http(key: null).GetStringAsync("/alive", Token));
    }
}
