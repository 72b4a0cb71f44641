using System.Collections;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Aspire.Hosting.Local.Dashboard;
using Aspire.Hosting.Local.Dashboard.Protocol;
using Aspire.Hosting.Local.Dashboard.Service;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;

namespace Slipway.LocalHosting.Tests.Dashboard;

/// <summary>The resource service over an application of two services, a store and secrets, none of which runs; and a client of it.</summary>
internal sealed class ServedModel : IAsyncDisposable
{
    internal const string Key = "resource-service-key";
    internal const string Password = "s3cret-of-redis";

    private readonly PortAllocator _ports = new();
    private WebApplication? _service;
    private GrpcChannel? _channel;

    internal static DateTimeOffset Began { get; } = new(2026, 11, 29, 8, 0, 0, TimeSpan.Zero);

    internal ResourceNotificationService Notifications { get; } = new();

    internal ConsoleLogs Logs { get; } = new();

    internal ChildEnvironment Environment { get; private set; } = null!;

    internal IResource Edge { get; private set; } = null!;

    internal DashboardService.DashboardServiceClient Client { get; private set; } = null!;

    internal static Metadata Headers => new() { { ResourceServiceKey.Header, Key } };

    internal static async Task<ServedModel> StartAsync()
    {
        var model = new ServedModel();
        var builder = DistributedApplication.CreateBuilder([]);
        IResourceBuilder<ProjectResource> Project(string name) => builder.AddProject(name, $"{name}/{name}.csproj", options => options.ExcludeLaunchProfile = true).WithHttpEndpoint();
        var password = builder.AddParameter("redis-password", Password, secret: true);
        var redis = Project("redis").WithEndpoint(scheme: "tcp", name: "tcp", env: "REDIS_PORT").WithEnvironment("Redis__Password", password);
        var tcp = redis.GetEndpoint("tcp");
        var connection = builder.AddConnectionString("redis-connection", ReferenceExpression.Create($"{tcp.Property(EndpointProperty.HostAndPort)},password={password}"));
        var cache = Project("cache").WithHttpEndpoint(name: "grpc", env: "GRPC_PORT").WithReference(connection, connectionName: "redis").WaitFor(redis);
        var edge = Project("edge").WithExternalHttpEndpoints().WithHttpHealthCheck("/health").WithReference(cache).WithEnvironment("OPENAI_API_KEY", "sk-from-outside");
        IResource[] resources = [password.Resource, redis.Resource, connection.Resource, cache.Resource, edge.Resource];
        model.Edge = edge.Resource;

        model._ports.Allocate(resources);
        model.Environment = new ChildEnvironment(new Hashtable { ["PATH"] = "/bin" }, resources, "Production", new TelemetrySink("http://localhost:1", "x-otlp-api-key=otlp-key-of-it"));
        var launches = resources.OfType<ProjectResource>().ToDictionary(
            project => project.Name, project => new Launch($"/app/{project.Name}", ["--run"], "/app", cancellationToken => model.Environment.ForAsync(project, cancellationToken)));
        var map = new ResourceMap("Sample", resources, launches, model.Environment.InstanceOf, ["otlp-key-of-it"], Began);
        var port = model._ports.Next();
        model._service = await ResourceServiceHost.StartAsync(port, Key, map, model.Logs, model.Notifications, new ResourceCommands([]), TestContext.Current.CancellationToken);
        model._channel = GrpcChannel.ForAddress($"http://localhost:{port}");
        model.Client = new DashboardService.DashboardServiceClient(model._channel);
        return model;
    }

    internal async Task PublishAsync(ResourceState state, int? pid = 42, string? detail = null)
    {
        var environment = await Environment.ForAsync(Edge, TestContext.Current.CancellationToken);
        Notifications.Publish(new ResourceSnapshot(Edge.Name, state, state == ResourceState.Healthy, pid, pid is null ? 3 : null, 2, [], detail)
        {
            ChangedAt = Began.AddSeconds(5),
            StartedAt = Began.AddSeconds(1),
            StoppedAt = pid is null ? Began.AddSeconds(4) : null,
            Environment = Environment.Given(environment),
        });
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_service is not null) await _service.DisposeAsync();
        _ports.Dispose();
    }
}
