using Slipway.AppHost.Options;
using Slipway.AppHost.Resources;

var commandLine = CommandLine.ParseOrExit(args);
var builder = DistributedApplication.CreateBuilder(commandLine.ForOrchestrator);
var options = AppHostOptions.ReadOrExit(commandLine, builder.Configuration);
using var data = DataFolder.OpenOrExit(options, builder.ExecutionContext.IsRunMode);

var slipway = new SlipwayBuilder(builder, options).WithDashboard();

// Stores: embedded by default; containers with --containers; somebody else's where the configuration has ConnectionStrings:NAME.
var redis = slipway.AddRedisStore("redis");
var vectors = slipway.AddRedisStore("vectors", vectorSets: true);
var database = slipway.AddDatabase("database");
var elasticsearch = slipway.AddElasticsearch("elasticsearch");

// Services tolerate absent peers and find them again, so they wait only where starting early would be work done twice.
var control = slipway.AddGrpcService("control", "Control")
    .WithOptionalStore(database);

var retrieval = slipway.AddGrpcService("retrieval", "Retrieval")
    .WithStore(vectors).WaitFor(vectors.Process)
    .WithIndexesIn(elasticsearch)
    .WithReference(control)
    .WithCorpus();

// Only to tell admins how the indexes stand; neither waits for the other.
control.WithReference(retrieval);

var prompts = slipway.AddGrpcService("prompts", "Prompts")
    .WithReference(control);

var modelBroker = slipway.AddGrpcService("model-broker", "ModelBroker")
    .WithStore(redis)
    .WithReference(control);

// Only for an embedder of the broker's catalog (Slipway:Retrieval:Embedding:Embedder = openai).
retrieval.WithReference(modelBroker);

// Only to show admins how the models stand.
control.WithReference(modelBroker);

var cache = slipway.AddGrpcService("cache", "Cache")
    .WithStore(redis)
    .WithReference(control);

// Only to tell admins how the caches stand, and to purge them.
control.WithReference(cache);

var assistant = slipway.AddService("assistant", "Assistant")
    .WithReference(cache)
    .WithReference(retrieval)
    .WithReference(prompts)
    .WithReference(modelBroker)
    .WithReference(control);

var edge = slipway.AddService("edge", "Edge", options.EdgePort)
    .WithConsole(options.ConsolePort)
    .WithExternalHttpEndpoints()
    .WithStore(redis)
    .WithReference(control)
    .WithReference(assistant);

// Only to tell it whose traces are to be kept.
assistant.WithReference(edge);

// Models: the built-in extractive one; what Slipway:Model and Slipway:EmbeddingModel name; or the simulator, for tests and load.
if (options.ModelSim) modelBroker.WithModelSim(slipway.AddTool("model-sim", "ModelSim"));
else modelBroker.WithConfiguredModels();

builder.Build().Run();
