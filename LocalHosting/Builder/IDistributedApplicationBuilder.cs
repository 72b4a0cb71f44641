using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Collects the resources of an application.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>The assembly of the application model.</summary>
    Assembly? AppHostAssembly { get; }

    /// <summary>The folder of the application model's project: project paths are relative to it.</summary>
    string AppHostDirectory { get; }

    /// <summary>appsettings.json beside the project, environment variables, command line.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>Development, Production, … (<c>DOTNET_ENVIRONMENT</c>).</summary>
    IHostEnvironment Environment { get; }

    /// <summary>Whether the application runs or is published.</summary>
    DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>Adds a resource.</summary>
    /// <exception cref="DistributedApplicationException">There is one of that name.</exception>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    /// <summary>Ends the building.</summary>
    DistributedApplication Build();
}

/// <summary>Whether the application runs or is published. Here it always runs.</summary>
public class DistributedApplicationExecutionContext
{
    internal DistributedApplicationExecutionContext()
    {
    }

    /// <summary>True.</summary>
    public bool IsRunMode => true;

    /// <summary>False: publishing needs <c>-p:Orchestrator=Aspire</c>.</summary>
    public bool IsPublishMode => false;
}
