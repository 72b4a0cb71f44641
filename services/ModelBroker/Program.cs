using Slipway.ModelBroker.Api;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Drift;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Shared;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Grpc;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddGrpcServer();
builder.AddModelCatalog();
builder.AddSharedStore();
builder.AddModels();
builder.AddDrift();

var app = builder.Build();

app.MapDefaultEndpoints();
app.MapGrpcService<ModelBrokerGrpcService>();

app.Run();
