using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Aspire.Hosting.Local.Dashboard;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

internal sealed class LocalApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly List<IResource> _resources = [];

    internal LocalApplicationBuilder(string[] args)
    {
        AppHostAssembly = Assembly.GetEntryAssembly();
        Outputs = ProjectOutputs.Read(AppHostAssembly);
        AppHostDirectory = Outputs.AppHostDirectory ?? AppContext.BaseDirectory;
        var host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = args,
            ContentRootPath = Directory.Exists(AppHostDirectory) ? AppHostDirectory : AppContext.BaseDirectory,
        });
        Configuration = host.Configuration;
        Environment = host.Environment;
    }

    public Assembly? AppHostAssembly { get; }

    public string AppHostDirectory { get; }

    public ConfigurationManager Configuration { get; }

    public IHostEnvironment Environment { get; }

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new();

    internal ProjectOutputs Outputs { get; }

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (_resources.Any(other => string.Equals(other.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"There are two resources named '{resource.Name}'.");
        _resources.Add(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build() => new([.. _resources], Outputs, Environment.EnvironmentName, DashboardSettings.Read(Configuration));
}
