using System.Collections;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Slipway.LocalHosting.Tests.Units;

/// <summary>An application of the given projects, whose endpoints have the ports 5000, 5001, …</summary>
internal sealed class TestModel
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder([]);
    private readonly List<IResource> _resources = [];

    internal IDistributedApplicationBuilder Builder => _builder;

    internal IReadOnlyList<IResource> Resources => _resources;

    internal IReadOnlyList<ProjectResource> Projects => [.. _resources.OfType<ProjectResource>()];

    internal IResourceBuilder<ProjectResource> Project(string name)
    {
        var project = _builder.AddProject(name, $"{name}/{name}.csproj", options => options.ExcludeLaunchProfile = true);
        _resources.Add(project.Resource);
        return project;
    }

    internal async Task<Dictionary<string, string>> EnvironmentOf(
        IResourceBuilder<ProjectResource> project, Hashtable? own = null, string environmentName = "Production")
    {
        var port = 5000;
        foreach (var endpoint in _resources.SelectMany(resource => resource.Annotations.OfType<LocalEndpoint>())) endpoint.AllocatedPort = endpoint.FixedPort ?? port++;
        return await new ChildEnvironment(own ?? [], _resources, environmentName).ForAsync(project.Resource, TestContext.Current.CancellationToken);
    }
}
