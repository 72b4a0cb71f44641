// An application model that the test writes as JSON: a list of ResourceModel.
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Slipway.LocalHosting.TestHost;

var models = JsonSerializer.Deserialize<ResourceModel[]>(File.ReadAllText(args[0]))!;
var builder = DistributedApplication.CreateBuilder([]);
var resources = new Dictionary<string, IResourceBuilder<ProjectResource>>();

foreach (var model in models)
{
    var resource = resources[model.Name] = builder.AddProject(model.Name, "../LocalHosting.TestApp/LocalHosting.TestApp.csproj", o => o.ExcludeLaunchProfile = true)
        .WithHttpEndpoint()
        .WithHttpEndpoint(name: "grpc", env: "GRPC_PORT");
    if (model.External) resource.WithExternalHttpEndpoints();
    if (model.HealthCheck) resource.WithHttpHealthCheck("/health");
    foreach (var (name, value) in model.Environment) resource.WithEnvironment(name, value);
    foreach (var other in model.WaitFor) resource.WaitFor(resources[other]);
    foreach (var other in model.References)
    {
        var grpc = resources[other].GetEndpoint("grpc");
        var password = builder.AddParameter(other + "-password", "secret", secret: true);
        var connection = builder.AddConnectionString(
            other + "-connection", ReferenceExpression.Create($"{grpc.Property(EndpointProperty.IPV4Host)}:{grpc.Property(EndpointProperty.Port)},password={password}"));
        resource.WithReference(resources[other]).WithReference(connection, connectionName: other);
    }
}

builder.Build().Run();
