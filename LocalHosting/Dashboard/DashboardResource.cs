using System.Buffers.Text;
using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local.Dashboard;

/// <summary>The Aspire dashboard as a resource: where it listens (on the loopback addresses alone), its keys, which are new at each start, and what it is told.</summary>
internal sealed class DashboardResource : Resource, IResourceWithEndpoints
{
    /// <summary>Of its own environment the dashboard is given no more than a program needs: none of what is meant for the services.</summary>
    private static readonly string[] Inherited = ["PATH", "HOME", "USER", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "TZ", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "SYSTEMROOT", "WINDIR"];

    private readonly LocalEndpoint _page = new("http", "http");
    private readonly LocalEndpoint _otlp = new("otlp", "http");
    private readonly LocalEndpoint _service = new("resource-service", "http");

    internal DashboardResource(string program)
        : base("dashboard")
    {
        Program = program;
        Annotations.Add(_page);
        Annotations.Add(_otlp);
        Annotations.Add(_service);
        Annotations.Add(new HttpHealthCheck(new EndpointReference(this, _page.Name), "/health", 200, AtStartOnly: true));
    }

    internal string Program { get; }

    /// <summary>The port of the resource service, which is this process's.</summary>
    internal int ServicePort => _service.AllocatedPort;

    internal string ServiceKey { get; } = NewKey();

    private string BrowserToken { get; } = NewKey();

    private string OtlpKey { get; } = NewKey();

    internal IEnumerable<string> Secrets => [ServiceKey, BrowserToken, OtlpKey];

    /// <summary>Where a person begins.</summary>
    internal string LoginUrl => $"{_page.Url}/login?t={BrowserToken}";

    internal TelemetrySink Sink => new(_otlp.Url, "x-otlp-api-key=" + OtlpKey);

    internal Launch Launch(IDictionary own) => new(Program, ["dashboard"], Path.GetDirectoryName(Program)!, _ => Task.FromResult(Environment(own)));

    /// <summary>Names: src/Shared/DashboardConfigNames.cs and KnownConfigNames.cs in microsoft/aspire v13.5. The telemetry API has the browser's token for a key.</summary>
    private Dictionary<string, string> Environment(IDictionary own)
    {
        var environment = Inherited.Where(name => own[name] is string).ToDictionary(name => name, name => (string)own[name]!);
        environment["ASPNETCORE_URLS"] = _page.Url;
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        environment["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = _otlp.Url;
        environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = _service.Url;
        environment["ASPIRE_DASHBOARD_API_ENABLED"] = "true";
        environment["Dashboard__Frontend__AuthMode"] = "BrowserToken";
        environment["Dashboard__Frontend__BrowserToken"] = BrowserToken;
        environment["Dashboard__Otlp__AuthMode"] = "ApiKey";
        environment["Dashboard__Otlp__PrimaryApiKey"] = OtlpKey;
        environment["Dashboard__Api__AuthMode"] = "ApiKey";
        environment["Dashboard__Api__PrimaryApiKey"] = BrowserToken;
        environment["Dashboard__ResourceServiceClient__AuthMode"] = "ApiKey";
        environment["Dashboard__ResourceServiceClient__ApiKey"] = ServiceKey;
        environment["Logging__LogLevel__Default"] = "Error";
        environment["DOTNET_gcServer"] = "0";
        // Its threads do not spin while they wait for work.
        environment["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0";
        // On Unix the dashboard watches this process, and ends with it.
        environment["ASPIRE_CLI_PID"] = System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return environment;
    }

    private static string NewKey() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
}
