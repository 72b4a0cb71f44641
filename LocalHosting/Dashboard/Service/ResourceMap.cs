using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local.Dashboard.Protocol;
using Google.Protobuf.WellKnownTypes;
using Resource = Aspire.Hosting.Local.Dashboard.Protocol.Resource;

namespace Aspire.Hosting.Local.Dashboard.Service;

/// <summary>
/// Writes resources as the dashboard wants to read them. Names of states, types and properties are Aspire's (src/Shared/Model/Known*.cs, KnownResourceStates in
/// microsoft/aspire v13.5), so that it shows them as it shows its own. Secrets are not on the wire: each is replaced by <see cref="Redaction.Mask"/>.
/// </summary>
internal sealed class ResourceMap
{
    private readonly Dictionary<string, IResource> _resources;
    private readonly Dictionary<string, Launch> _launches;
    private readonly Func<string, string> _instanceOf;
    private readonly Redaction _redaction;
    private readonly Timestamp _createdAt;

    /// <param name="applicationName">The application.</param>
    /// <param name="resources">All resources; their endpoints have ports already.</param>
    /// <param name="launches">How those that are processes are started.</param>
    /// <param name="instanceOf">The instance id of a resource's telemetry.</param>
    /// <param name="secrets">Secrets beside those of the resources.</param>
    /// <param name="createdAt">When the application began.</param>
    internal ResourceMap(
        string applicationName, IReadOnlyList<IResource> resources, IReadOnlyDictionary<string, Launch> launches, Func<string, string> instanceOf, IEnumerable<string> secrets, DateTimeOffset createdAt)
    {
        ApplicationName = applicationName;
        _resources = resources.ToDictionary(resource => resource.Name);
        _launches = launches.ToDictionary();
        _instanceOf = instanceOf;
        _redaction = new Redaction(secrets.Concat(resources.OfType<ParameterResource>().Where(parameter => parameter.Secret).Select(parameter => parameter.Value)));
        _createdAt = Timestamp.FromDateTimeOffset(createdAt);
    }

    internal string ApplicationName { get; }

    /// <summary>Text without the application's secrets.</summary>
    internal string Hide(string text) => _redaction.Hide(text);

    /// <summary>The resource that the dashboard means; null where there is none.</summary>
    internal string? ResourceNamed(string name) => _resources.Keys.FirstOrDefault(resource => name == NameOf(resource) || name == resource);

    /// <summary>The resources that have no process: parameters and connection strings.</summary>
    internal IEnumerable<Resource> Constants()
    {
        foreach (var resource in _resources.Values)
        {
            if (resource is ParameterResource parameter)
            {
                var result = Begin(parameter, "Parameter", "Running", "success");
                Add(result, "Value", Value.ForString(parameter.Secret ? Redaction.Mask : _redaction.Hide(parameter.Name, parameter.Value)), sensitive: parameter.Secret);
                yield return result;
            }
            else if (resource is ConnectionStringResource connection)
            {
                var result = Begin(connection, "ConnectionString", "Running", "success");
                var text = connection.ConnectionStringExpression.GetValueAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult() ?? "";
                Add(result, "resource.connectionString", Value.ForString(_redaction.Hide("", text)), sensitive: true);
                yield return result;
            }
        }
    }

    /// <summary>A resource that has a process.</summary>
    internal Resource Of(ResourceSnapshot snapshot)
    {
        var resource = _resources[snapshot.Name];
        var (state, style) = StateOf(snapshot);
        var result = Begin(resource, "Project", state, style);
        if (snapshot.StartedAt is { } started) result.StartedAt = Timestamp.FromDateTimeOffset(started);
        if (snapshot.StoppedAt is { } stopped) result.StoppedAt = Timestamp.FromDateTimeOffset(stopped);
        foreach (var (name, value) in snapshot.Environment.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            result.Environment.Add(new Protocol.EnvironmentVariable { Name = name, Value = _redaction.Hide(name, value), IsFromSpec = true });
        result.Urls.AddRange(resource.Annotations.OfType<LocalEndpoint>().Select((endpoint, order) => new Url
        {
            EndpointName = endpoint.Name,
            FullUrl = endpoint.Url,
            IsInternal = !endpoint.External,
            IsInactive = snapshot.ProcessId is null,
            DisplayProperties = new UrlDisplayProperties { SortOrder = -order, DisplayName = "" },
        }));
        if (resource.Annotations.OfType<HttpHealthCheck>().LastOrDefault() is { } check) result.HealthReports.Add(HealthOf(snapshot, check));
        result.Commands.AddRange(ResourceCommands.In(snapshot.State));
        AddProperties(result, snapshot);
        return result;
    }

    private void AddProperties(Resource result, ResourceSnapshot snapshot)
    {
        var resource = _resources[snapshot.Name];
        Add(result, "resource.exitCode", snapshot.ExitCode is { } code ? Value.ForString(code.ToString(CultureInfo.InvariantCulture)) : Value.ForNull());
        Add(result, "resource.startTime", Time(snapshot.StartedAt));
        Add(result, "resource.stopTime", Time(snapshot.StoppedAt));
        Add(result, "resource.healthState", HealthStatusOf(snapshot) is { } health ? Value.ForString(health.ToString()) : Value.ForNull());
        if (snapshot.State == ResourceState.Waiting) Add(result, "resource.waitingFor", Value.ForList([.. Dependencies.ToWaitFor(resource).Select(Value.ForString)]));
        if (resource.Annotations.OfType<ProjectFile>().FirstOrDefault() is { } project) Add(result, "project.path", Value.ForString(project.Path));
        if (_launches.TryGetValue(snapshot.Name, out var launch))
        {
            Add(result, "executable.path", Value.ForString(launch.File));
            Add(result, "executable.workDir", Value.ForString(launch.WorkingDirectory));
            Add(result, "executable.args", Value.ForList([.. launch.Arguments.Select(Value.ForString)]));
        }

        Add(result, "executable.pid", snapshot.ProcessId is { } pid ? Value.ForNumber(pid) : Value.ForNull());
        Add(result, "localhosting.restarts", Value.ForNumber(snapshot.Restarts), "Restarts");
        if (snapshot.Detail is { } detail) Add(result, "localhosting.detail", Value.ForString(Hide(detail)), "State in words");

        static Value Time(DateTimeOffset? time) => time is { } known ? Value.ForString(known.ToString("O", CultureInfo.InvariantCulture)) : Value.ForNull();
    }

    private Resource Begin(IResource resource, string type, string state, string style)
    {
        var name = NameOf(resource.Name);
        var result = new Resource { Name = name, Uid = name, DisplayName = resource.Name, ResourceType = type, State = state, StateStyle = style, CreatedAt = _createdAt };
        result.Relationships.AddRange(Relationships.Of(resource));
        Add(result, "resource.uid", Value.ForString(name));
        Add(result, "resource.name", Value.ForString(name));
        Add(result, "resource.type", Value.ForString(type));
        Add(result, "resource.displayName", Value.ForString(resource.Name));
        Add(result, "resource.state", Value.ForString(state));
        Add(result, "resource.createTime", Value.ForString(_createdAt.ToDateTimeOffset().ToString("O", CultureInfo.InvariantCulture)));
        return result;
    }

    /// <summary>Only processes have telemetry, and so an instance.</summary>
    private string NameOf(string resource) => _resources[resource] is ProjectResource ? $"{resource}-{_instanceOf(resource)}" : resource;

    private static void Add(Resource resource, string name, Value value, string? displayName = null, bool sensitive = false)
    {
        var property = new ResourceProperty { Name = name, Value = value, IsSensitive = sensitive };
        if (displayName is not null) property.DisplayName = displayName;
        resource.Properties.Add(property);
    }

    private static (string State, string Style) StateOf(ResourceSnapshot snapshot) => snapshot.State switch
    {
        ResourceState.Waiting => ("Waiting", "info"),
        ResourceState.Starting => ("Starting", "info"),
        ResourceState.Running or ResourceState.Healthy => ("Running", snapshot.Ready ? "success" : "info"),
        ResourceState.Unhealthy => ("Running", "warning"),
        ResourceState.Restarting => ("Restarting", "warning"),
        ResourceState.Stopping => ("Stopping", "info"),
        ResourceState.FailedToStart => ("FailedToStart", "error"),
        ResourceState.Exited => ("Exited", "error"),
        _ => ("Exited", "info"),
    };

    private static HealthStatus? HealthStatusOf(ResourceSnapshot snapshot) => snapshot.State switch
    {
        ResourceState.Healthy => HealthStatus.Healthy,
        ResourceState.Unhealthy => HealthStatus.Unhealthy,
        ResourceState.Running when snapshot.Ready => HealthStatus.Healthy,
        _ => null,
    };

    private static HealthReport HealthOf(ResourceSnapshot snapshot, HttpHealthCheck check)
    {
        var report = new HealthReport { Key = string.Create(CultureInfo.InvariantCulture, $"{snapshot.Name}_{check.Endpoint.EndpointName}_{check.Path}_{check.StatusCode}_check") };
        if (HealthStatusOf(snapshot) is not { } status) return report;
        report.Status = status;
        report.LastRunAt = Timestamp.FromDateTimeOffset(snapshot.ChangedAt);
        if (status == HealthStatus.Unhealthy) report.Description = snapshot.Detail ?? "";
        return report;
    }
}
