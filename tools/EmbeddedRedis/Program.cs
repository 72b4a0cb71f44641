using Slipway.EmbeddedRedis;
using Slipway.EmbeddedRedis.Garnet;
using Slipway.EmbeddedRedis.Health;
using Slipway.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
var options = builder.AddRedisOptions();
builder.AddGarnet(options.Vectors);
builder.AddPingHealthCheck();

var app = builder.Build();

app.MapDefaultEndpoints();

app.Run();
