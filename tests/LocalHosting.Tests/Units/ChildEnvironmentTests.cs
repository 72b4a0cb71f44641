using System.Collections;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Slipway.LocalHosting.Tests.Units;

public sealed class ChildEnvironmentTests
{
    private readonly TestModel _model = new();

    [Fact]
    public async Task Http_endpoints_are_urls_and_endpoints_with_a_variable_are_ports()
    {
        var edge = _model.Project("edge").WithHttpEndpoint(port: 8080).WithHttpEndpoint(port: 8081, name: "console").WithHttpEndpoint(name: "grpc", env: "GRPC_PORT");
        var environment = await _model.EnvironmentOf(edge);
        Assert.Equal("http://localhost:8080;http://localhost:8081", environment["ASPNETCORE_URLS"]);
        Assert.Equal("5000", environment["GRPC_PORT"]);
    }

    [Fact]
    public async Task A_reference_tells_each_endpoint_twice()
    {
        var broker = _model.Project("model-broker").WithHttpEndpoint().WithHttpEndpoint(name: "grpc", env: "GRPC_PORT");
        var assistant = _model.Project("assistant").WithReference(broker);
        var environment = await _model.EnvironmentOf(assistant);
        Assert.Equal("http://localhost:5000", environment["services__model-broker__http__0"]);
        Assert.Equal("http://localhost:5001", environment["services__model-broker__grpc__0"]);
        Assert.Equal("http://localhost:5000", environment["MODEL_BROKER_HTTP"]);
        Assert.Equal("http://localhost:5001", environment["MODEL_BROKER_GRPC"]);
    }

    [Fact]
    public async Task A_reference_to_one_endpoint_tells_that_one()
    {
        var broker = _model.Project("broker").WithHttpEndpoint().WithHttpEndpoint(name: "grpc", env: "GRPC_PORT");
        var environment = await _model.EnvironmentOf(_model.Project("assistant").WithReference(broker.GetEndpoint("grpc")));
        Assert.Contains("services__broker__grpc__0", environment.Keys);
        Assert.DoesNotContain("services__broker__http__0", environment.Keys);
    }

    [Fact]
    public async Task A_connection_string_is_put_together_at_the_start_under_the_name_that_was_asked_for()
    {
        var redis = _model.Project("redis").WithEndpoint(scheme: "tcp", name: "tcp", env: "REDIS_PORT");
        var password = _model.Builder.AddParameter("password", "pass", secret: true);
        var tcp = redis.GetEndpoint("tcp");
        var connection = _model.Builder.AddConnectionString(
            "redis-connection", ReferenceExpression.Create($"{tcp.Property(EndpointProperty.IPV4Host)}:{tcp.Property(EndpointProperty.Port)},password={password}"));
        var environment = await _model.EnvironmentOf(_model.Project("cache").WithReference(connection, connectionName: "redis"));
        Assert.Equal("127.0.0.1:5000,password=pass", environment["ConnectionStrings__redis"]);
    }

    [Fact]
    public async Task The_application_models_own_variables_are_not_handed_on()
    {
        var own = new Hashtable
        {
            ["PATH"] = "/bin",
            ["ASPNETCORE_URLS"] = "http://localhost:15000",
            ["DOTNET_LAUNCH_PROFILE"] = "http",
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:19000",
            ["ConnectionStrings__database"] = "Host=db;Password=p",
            ["MSBuildSDKsPath"] = "/sdk",
            ["OTEL_TRACES_SAMPLER"] = "always_off",
        };
        var environment = await _model.EnvironmentOf(_model.Project("prompts"), own);
        Assert.Equal("/bin", environment["PATH"]);
        Assert.Equal(["OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME", "PATH", "SLIPWAY_LIFELINE"], environment.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Development", null, "0")]
    [InlineData("Development", "1", "1")]
    [InlineData("Production", null, null)]
    public async Task In_development_alone_code_pages_may_be_written_unless_the_user_says_otherwise(string environmentName, string? own, string? given)
    {
        var variables = new Hashtable();
        if (own is not null) variables["DOTNET_EnableWriteXorExecute"] = own;
        var environment = await _model.EnvironmentOf(_model.Project("prompts"), variables, environmentName);
        Assert.Equal(given, environment.GetValueOrDefault("DOTNET_EnableWriteXorExecute"));
    }

    [Fact]
    public async Task A_secret_of_one_resource_is_not_inherited_by_the_others()
    {
        var own = new Hashtable { ["Slipway__Model__ApiKey"] = "sk-real" };
        var broker = _model.Project("broker").WithEnvironment("Slipway__Model__ApiKey", _model.Builder.AddParameter("key", "sk-real", secret: true));
        var prompts = _model.Project("prompts");
        Assert.DoesNotContain("Slipway__Model__ApiKey", (await _model.EnvironmentOf(prompts, own)).Keys);
        Assert.Equal("sk-real", (await _model.EnvironmentOf(broker, own))["Slipway__Model__ApiKey"]);
    }

    [Fact]
    public async Task Telemetry_settings_are_handed_on_when_there_is_somewhere_to_send_it()
    {
        var own = new Hashtable { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4317", ["OTEL_TRACES_SAMPLER"] = "always_off" };
        var environment = await _model.EnvironmentOf(_model.Project("prompts"), own, "Development");
        Assert.Equal("http://localhost:4317", environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("always_off", environment["OTEL_TRACES_SAMPLER"]);
        Assert.Equal("1000", environment["OTEL_BSP_SCHEDULE_DELAY"]);
        Assert.Equal("prompts", environment["OTEL_SERVICE_NAME"]);
        Assert.StartsWith("service.instance.id=", environment["OTEL_RESOURCE_ATTRIBUTES"], StringComparison.Ordinal);
        Assert.DoesNotContain("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", environment.Keys);
    }

    [Fact]
    public async Task The_last_word_on_a_variable_counts()
    {
        var project = _model.Project("prompts").WithEnvironment("X", "first").WithEnvironment("X", "last");
        Assert.Equal("last", (await _model.EnvironmentOf(project))["X"]);
    }
}
