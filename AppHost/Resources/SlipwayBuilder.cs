using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Slipway.AppHost.Options;

namespace Slipway.AppHost.Resources;

/// <summary>What every part of Slipway is given, said once.</summary>
internal sealed class SlipwayBuilder(IDistributedApplicationBuilder builder, AppHostOptions options)
{
    private readonly IResourceBuilder<ParameterResource> _internalKey = builder.AddParameter("internal-key", NewSecret(), secret: true);

    /// <summary>Tells LocalHosting of the dashboard. Aspire does not read this: it starts its own.</summary>
    internal SlipwayBuilder WithDashboard()
    {
        builder.Configuration["LocalHosting:DashboardFolder"] = options.NoDashboard ? null : Path.Combine(options.DataPath, "dashboard");
        builder.Configuration["LocalHosting:InstallDashboard"] = options.InstallDashboard.ToString();
        return this;
    }

    /// <summary>Adds a service that speaks HTTP.</summary>
    internal IResourceBuilder<ProjectResource> AddService(string name, string project, int? port = null) =>
        Add(name, $"../services/{project}/{project}.csproj", port).WithEnvironment("Slipway__AssetsPath", options.AssetsPath ?? Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", "ai")));

    /// <summary>Adds a service that speaks gRPC, at an endpoint of its own: without TLS one port cannot tell HTTP/1.1 from HTTP/2.</summary>
    internal IResourceBuilder<ProjectResource> AddGrpcService(string name, string project) =>
        AddService(name, project).WithHttpEndpoint(name: "grpc", env: "GRPC_PORT");

    /// <summary>Adds a tool.</summary>
    internal IResourceBuilder<ProjectResource> AddTool(string name, string project) => Add(name, $"../tools/{project}/{project}.csproj", null);

    /// <summary>A Redis: whose connection string is configured, a container, or the embedded one.</summary>
    internal Store AddRedisStore(string name, bool vectorSets = false)
    {
        if (Configured(name) is { } configured) return configured;
        if (options.Containers)
        {
            var container = builder.AddRedis(name);
            return new Store(name, container, container);
        }

        var password = builder.AddParameter(name + "-password", NewSecret(), secret: true);
        var embedded = AddTool(name, "EmbeddedRedis")
            .WithEndpoint(scheme: "tcp", name: "tcp", env: "REDIS_PORT")
            .WithEnvironment("Redis__Password", password)
            .WithEnvironment("Redis__Vectors", vectorSets ? "true" : "false")
            // As a Redis in a container: what it does is told by the spans and metrics of those who ask it.
            .WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", "");
        var tcp = embedded.GetEndpoint("tcp");
        var connection = builder.AddConnectionString(
            name + "-connection",
            ReferenceExpression.Create($"{tcp.Property(EndpointProperty.IPV4Host)}:{tcp.Property(EndpointProperty.Port)},password={password}"));
        return new Store(name, connection, embedded);
    }

    /// <summary>Control's database: whose connection string is configured, or a container; null means SQLite in Control's data folder.</summary>
    internal Store? AddDatabase(string name)
    {
        if (Configured(name) is { } configured) return configured;
        if (!options.Containers) return null;
        var server = builder.AddPostgres("postgres");
        return new Store(name, server.AddDatabase(name), server);
    }

    /// <summary>Retrieval's other index: whose connection string is configured, or a container; null means none.</summary>
    internal Store? AddElasticsearch(string name)
    {
        if (Configured(name) is { } configured) return configured;
        if (!options.Containers) return null;
        var container = builder.AddElasticsearch(name);
        return new Store(name, container, container);
    }

    private Store? Configured(string name)
    {
        if (string.IsNullOrEmpty(builder.Configuration.GetConnectionString(name))) return null;
        var connection = builder.AddConnectionString(name);
        return new Store(name, connection, connection);
    }

    private IResourceBuilder<ProjectResource> Add(string name, string path, int? port) =>
        builder.AddProject(name, path, project => project.ExcludeLaunchProfile = true)
            .WithHttpEndpoint(port: port)
            .WithHttpHealthCheck("/health")
            .WithEnvironment("DOTNET_ENVIRONMENT", builder.Environment.EnvironmentName)
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
            .WithEnvironment("Slipway__InternalKey", _internalKey)
            .WithEnvironment("Slipway__DataPath", Path.Combine(options.DataPath, name));

    /// <summary>32 random bytes, new at each start.</summary>
    private static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
