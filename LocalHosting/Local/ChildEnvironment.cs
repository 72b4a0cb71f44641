using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>
/// What a process is given: this process's environment without what is meant for this process alone, then what Aspire's run mode gives a
/// project, then what the application model says.
/// </summary>
internal sealed class ChildEnvironment
{
    private static readonly string[] OwnPrefixes =
        ["ASPNETCORE_", "ASPIRE_", "DOTNET_LAUNCH_PROFILE", "DOTNET_ENVIRONMENT", "DOTNET_URLS", "HTTP_PORTS", "HTTPS_PORTS", "MSBUILD", "ConnectionStrings__", "Parameters__", "services__"];

    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly Dictionary<string, string> _inherited = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _instances;
    private readonly TelemetrySink? _sink;
    private readonly bool _telemetry;
    private readonly bool _development;

    /// <param name="own">This process's environment.</param>
    /// <param name="resources">All resources: a variable that one of them is given as a secret is not inherited by the others.</param>
    /// <param name="environmentName">Development, Production, …</param>
    /// <param name="sink">Where telemetry goes unless this process's environment says where.</param>
    internal ChildEnvironment(IDictionary own, IReadOnlyList<IResource> resources, string environmentName, TelemetrySink? sink = null)
    {
        _instances = resources.ToDictionary(resource => resource.Name, _ => RandomNumberGenerator.GetHexString(8, lowercase: true));
        var secrets = resources.SelectMany(resource => resource.Annotations.OfType<EnvironmentVariable>())
            .Where(variable => variable.Value is ParameterResource { Secret: true })
            .Select(variable => variable.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var chosen = own[OtlpEndpoint] is string { Length: > 0 };
        _sink = chosen ? null : sink;
        _telemetry = chosen || sink is not null;
        _development = environmentName == "Development";
        foreach (DictionaryEntry entry in own)
        {
            var name = (string)entry.Key;
            if (secrets.Contains(name) || OwnPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))) continue;
            if (!_telemetry && name.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase)) continue;
            _inherited[name] = (string?)entry.Value ?? "";
        }
    }

    /// <summary>The instance id under which a resource's telemetry is known: the same for all processes that it has, one after the other.</summary>
    internal string InstanceOf(string resource) => _instances[resource];

    /// <summary>What of an environment is not merely handed on.</summary>
    internal IReadOnlyDictionary<string, string> Given(IReadOnlyDictionary<string, string> environment) =>
        environment.Where(entry => !_inherited.TryGetValue(entry.Key, out var value) || value != entry.Value).ToDictionary();

    internal async Task<Dictionary<string, string>> ForAsync(IResource resource, CancellationToken cancellationToken)
    {
        var result = new Dictionary<string, string>(_inherited, OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        AddEndpoints(resource, result);
        AddTelemetry(resource, result);
        foreach (var annotation in resource.Annotations)
        {
            switch (annotation)
            {
                case EndpointsReference reference:
                    AddReference(reference, result);
                    break;
                case ConnectionReference reference:
                    var connection = await reference.Source.GetConnectionStringAsync(cancellationToken);
                    if (connection is not null) result["ConnectionStrings__" + reference.ConnectionName] = connection;
                    else if (!reference.Optional) throw new DistributedApplicationException($"The connection string '{reference.ConnectionName}' of '{resource.Name}' has no value.");
                    break;
                case EnvironmentVariable variable:
                    result[variable.Name] = variable.Value is IValueProvider value ? await value.GetValueAsync(cancellationToken) ?? "" : (string?)variable.Value ?? "";
                    break;
            }
        }

        result["SLIPWAY_LIFELINE"] = "stdin";
        // Mapping each page of compiled code twice, so that none is writable and executable at once, is a tenth of the processor time of a start
        // (https://learn.microsoft.com/dotnet/core/runtime-config/wxorx). Outside development it stays on.
        if (_development) result.TryAdd("DOTNET_EnableWriteXorExecute", "0");
        return result;
    }

    /// <summary>As Aspire's SetAspNetCoreUrls: the http endpoints without a port variable are ASPNETCORE_URLS, the others have their variable.</summary>
    private static void AddEndpoints(IResource resource, Dictionary<string, string> result)
    {
        var endpoints = resource.Annotations.OfType<LocalEndpoint>().ToList();
        var urls = endpoints.Where(endpoint => endpoint.Scheme == "http" && endpoint.PortVariable is null).Select(endpoint => endpoint.Url).ToList();
        if (urls.Count > 0) result["ASPNETCORE_URLS"] = string.Join(';', urls);
        foreach (var endpoint in endpoints.Where(endpoint => endpoint.PortVariable is not null))
            result[endpoint.PortVariable!] = endpoint.AllocatedPort.ToString(CultureInfo.InvariantCulture);
    }

    private void AddTelemetry(IResource resource, Dictionary<string, string> result)
    {
        result["OTEL_SERVICE_NAME"] = resource.Name;
        result["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id=" + InstanceOf(resource.Name);
        if (_sink is not null)
        {
            result[OtlpEndpoint] = _sink.Endpoint;
            result["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            result["OTEL_EXPORTER_OTLP_HEADERS"] = _sink.Headers;
        }

        if (!_telemetry || !_development) return;

        // As Aspire does in development: traces and logs are seen within a second, and all of them. Metrics, which every service sends whether or not
        // anything happened, come each minute, as OpenTelemetry has it: each second, as with Aspire, they would double what an idle stack costs. Aspire captures the
        // messages of models as well; that is left to whoever sets OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT.
        result.TryAdd("OTEL_BSP_SCHEDULE_DELAY", "1000");
        result.TryAdd("OTEL_BLRP_SCHEDULE_DELAY", "1000");
        result.TryAdd("OTEL_TRACES_SAMPLER", "always_on");
        result.TryAdd("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based");
    }

    /// <summary>The key is the endpoint's name unless that is http: then it is the scheme.</summary>
    private static void AddReference(EndpointsReference reference, Dictionary<string, string> result)
    {
        var name = reference.Source.Name;
        foreach (var endpoint in reference.Source.Annotations.OfType<LocalEndpoint>())
        {
            if (reference.EndpointName is not null && reference.EndpointName != endpoint.Name) continue;
            var key = endpoint.Name is "http" or "https" ? endpoint.Scheme : endpoint.Name;
            result[$"services__{name}__{key}__0"] = endpoint.Url;
            result[Variable($"{name}_{endpoint.Name}")] = endpoint.Url;
        }
    }

    private static string Variable(string name) => string.Concat(name.ToUpperInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}

/// <summary>Who takes telemetry, by OTLP over HTTP/1.1.</summary>
/// <param name="Endpoint">Its URL.</param>
/// <param name="Headers">What is sent along: its key.</param>
internal sealed record TelemetrySink(string Endpoint, string Headers);
