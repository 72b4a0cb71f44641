using Slipway.Prompts.Api;
using Slipway.Prompts.Templates;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Grpc;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddGrpcServer();
builder.AddPromptLibrary();
builder.AddTokenizers();

var app = builder.Build();

app.MapDefaultEndpoints();
app.MapGrpcService<PromptGrpcService>();

app.Run();
