using Slipway.EmbeddedRedis;
using Slipway.EmbeddedRedis.Garnet;
using Slipway.EmbeddedRedis.Health;
using Slipway.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddRedisOptions();
builder.AddGarnet();
builder.AddPingHealthCheck();

var app = builder.Build();

app.MapDefaultEndpoints();

app.Run();
